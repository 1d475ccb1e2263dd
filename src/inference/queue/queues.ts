/** The queues of a model, one per program, and the memory limit for images before they are embedded. */
import { createRoom, type Room } from '../../concurrency/room'
import { createBatchQueue, type BatchQueue, type BatchWork } from './batch-queue'
import type { QueueLimits } from './queue-options'

export interface Queues {
  /** The queue of a program. @param work creates the work of the queue, for the first call */
  of<Portion, Result>(program: object, work: () => BatchWork<Portion, Result>): BatchQueue<Portion, Result>
  /** The memory limit for the pixels of all calls: 600 KB per image of 224 pixels. */
  readonly room: Room
  /** Rejects all waiting, running and later calls. */
  close(error: Error): void
}

/** Images that are prepared, or wait for the model, at the same time: a few batches of the default size. */
const imagesInRoom = 64

export function createQueues(limits: QueueLimits): Queues {
  const queues = new Map<object, BatchQueue<unknown, unknown>>()
  let closed: Error | undefined
  return {
    of<Portion, Result>(program: object, work: () => BatchWork<Portion, Result>) {
      const known = queues.get(program) as BatchQueue<Portion, Result> | undefined
      if (known) return known
      const queue = createBatchQueue(work(), limits)
      if (closed) queue.close(closed)
      queues.set(program, queue)
      return queue
    },
    room: createRoom(imagesInRoom),
    close(error) {
      closed = error
      queues.forEach((queue) => queue.close(error))
    },
  }
}
