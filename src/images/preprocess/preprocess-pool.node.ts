/** Prepares many images in worker threads, while the main thread computes. */
import { preprocessImage, type PreprocessedImage, type PreprocessOptions } from './preprocess'
import { isRawImage, type ImageInput } from '../raw-image'
import { loadSharp } from '#images/decode'
import { threadPool } from '../../concurrency/workers/thread-pool.node.ts'
import { workerFile } from '../../concurrency/workers/worker-file.node.ts'

/** An image and how to prepare it. An AbortSignal cannot be sent to a thread. */
export interface PreprocessTask {
  readonly image: ImageInput
  readonly options: Omit<PreprocessOptions, 'signal'>
  /** The name of a File, which arrives in a thread as a Blob. */
  readonly fileName?: string
}

const prepare = threadPool(
  () => workerFile('preprocess-worker.node', import.meta.url),
  async ({ image, options }: PreprocessTask, signal) => {
    return (await preprocessImage(image, { ...options, signal })).data
  },
  loadSharpFirst,
)

/** The main thread must load sharp before any other thread does. If it is missing, the code that needs it reports that. */
export async function loadSharpFirst(): Promise<void> {
  await loadSharp().catch(() => undefined)
}

/**
 * Does the same as `preprocessImage` in another thread, because ONNX Runtime blocks the thread that computes.
 * @throws DreamLIPError as `preprocessImage`, and `WORKER_FAILED` if a thread ends before the image is done
 */
export async function preprocessInPool(
  image: ImageInput,
  { signal, ...options }: PreprocessOptions,
): Promise<PreprocessedImage> {
  const portable = asPortable(image)
  if (portable === undefined) return preprocessImage(image, { ...options, signal })
  const fileName = image instanceof File ? image.name : undefined
  const data = await prepare({ image: portable, options, fileName }, signal)
  const size = Math.sqrt(data.length / 3)
  return { data, shape: [3, size, size] }
}

/** The image in a form that can be sent to a thread; `undefined` if it cannot be sent or is not an image. */
export function asPortable(image: ImageInput): ImageInput | undefined {
  if (typeof image === 'string' || image instanceof URL) {
    const location = String(image)
    return location.startsWith('blob:') ? undefined : location
  }
  if (image instanceof Uint8Array) return ownBytes(image)
  if (image instanceof Blob || image instanceof ArrayBuffer) return image
  if (!isRawImage(image) || !ArrayBuffer.isView(image.data)) return undefined
  const { data, width, height, channels, palette, cmyk } = image
  return { data: ownBytes(data), width, height, channels, palette, cmyk }
}

/** Sending a part of a buffer would copy the whole buffer. */
function ownBytes<Bytes extends Uint8Array | Uint8ClampedArray>(bytes: Bytes): Bytes {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : (bytes.slice() as Bytes)
}
