/** Prepares many images in worker threads, which go on while the main thread computes. */
import { availableParallelism } from 'node:os'
import { loadSharp } from '#images/decode'
import { preprocessImage, type PreprocessedImage, type PreprocessOptions } from './preprocess'
import { isRawImage, type ImageInput } from './raw-image'
import { startWorkerThread, ThreadNotStarted, type WorkerThread } from './worker-thread.node.ts'

/** Each thread prepares some hundred photographs a second: more would only take memory. */
const mostThreads = 8

/** The threads' file lies beside this one, in source and in each build. */
const workerFile = new URL(`./preprocess-worker.node${/\.\w+$/.exec(import.meta.url)![0]}`, import.meta.url)

let threads: WorkerThread[] = []

/** Where threads cannot be started (a bundle without their file, a locked-down Node), all work stays on this one. */
let threadless = false

/**
 * The same as `preprocessImage`, in another thread: ONNX Runtime blocks the one that computes. Threads are started by the first
 * call, and never keep the process alive.
 * @throws DreamLIPError as `preprocessImage`, and `WORKER_FAILED` when a thread ends before the image is done
 */
export async function preprocessInPool(
  image: ImageInput,
  { signal, ...options }: PreprocessOptions,
): Promise<PreprocessedImage> {
  const portable = threadless ? undefined : asPortable(image)
  if (portable === undefined) return preprocessImage(image, { ...options, signal })
  // sharp has to be loaded here before any other thread loads it. Where it is missing, whoever needs it says so.
  await loadSharp().catch(() => undefined)
  try {
    const data = await idlest().run(portable, options, signal)
    const size = Math.sqrt(data.length / 3)
    return { data, shape: [3, size, size] }
  } catch (error) {
    if (!(error instanceof ThreadNotStarted)) throw error
    threadless = true
    return preprocessImage(image, { ...options, signal })
  }
}

/** Starts what is missing of the threads, and takes the one with the fewest tasks. */
function idlest(): WorkerThread {
  const size = Math.min(availableParallelism(), mostThreads)
  threads = threads.filter(({ alive }) => alive)
  while (threads.length < size) threads.push(startWorkerThread(workerFile))
  return threads.reduce((best, thread) => (thread.load < best.load ? thread : best))
}

/** The image as it can be sent; `undefined` where it cannot, or is nothing that an image may be. */
function asPortable(image: ImageInput): ImageInput | undefined {
  if (typeof image === 'string' || image instanceof URL) {
    const location = String(image)
    return location.startsWith('blob:') ? undefined : location
  }
  if (image instanceof Uint8Array) return ownBytes(image)
  if (image instanceof Blob || image instanceof ArrayBuffer) return image
  if (!isRawImage(image) || !ArrayBuffer.isView(image.data)) return undefined
  const { data, width, height, channels, palette, cmyk } = image
  return { data: ownBytes(data), width, height, channels, palette, cmyk } as ImageInput
}

/** Sending a part of a buffer would copy the whole buffer. */
function ownBytes<Bytes extends Uint8Array | Uint8ClampedArray>(bytes: Bytes): Bytes {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : (bytes.slice() as Bytes)
}
