/** The queues of a model: one for each of its programs, and the room that images take before they are embedded. */
import { createRoom, type Room } from '../concurrency/room'
import type { Runtime } from '../runtime/runtime'
import { createImageQueue, type ImageQueue } from './images/image-queue'
import type { Embedded, EncodedPatches, PatchProgramOptions, Programs } from './programs'
import type { QueueLimits } from './queue/queue-options'
import { createTextQueue, type TextQueue } from './texts/text-queue'

export interface Queues {
  readonly images: ImageQueue<Embedded>
  readonly texts: TextQueue
  patches(options: PatchProgramOptions): ImageQueue<EncodedPatches>
  /** For the pixels of all calls: 600 KB an image of 224 pixels. */
  readonly room: Room
  /** Rejects all calls that wait or run. */
  close(error: Error): void
}

/** Images that are prepared, or wait for the model, at the same time: some batches of the default size. */
const imagesInRoom = 64

export function createQueues(runtime: Runtime, programs: Programs, limits: QueueLimits): Queues {
  const images = createImageQueue(runtime, programs.image, limits)
  const texts = createTextQueue(runtime, programs.text, limits)
  const ofPatches = new Map<unknown, ImageQueue<EncodedPatches>>()
  let closed: Error | undefined
  return {
    images,
    texts,
    patches(options) {
      const program = programs.patches(options)
      const queue = ofPatches.get(program) ?? createImageQueue(runtime, program, limits)
      if (closed) queue.close(closed)
      ofPatches.set(program, queue)
      return queue
    },
    room: createRoom(imagesInRoom),
    close(error) {
      closed = error
      for (const queue of [images, texts, ...ofPatches.values()]) queue.close(error)
    },
  }
}
