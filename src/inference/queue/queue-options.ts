/** How calls wait for a model: options, defaults and checks. */
import { checkNumber, checkObject, checkWhole } from '../../check-arguments'

/** How calls that arrive while a model is busy are gathered into batches. */
export interface QueueOptions {
  /**
   * How many milliseconds a call may wait for others while the model is idle, so that the batch becomes larger. Default 0: only calls
   * of the same turn of the event loop, and those that arrive while a batch runs, are gathered.
   */
  readonly maxDelay?: number
  /**
   * How many images, and how many texts, may wait for the model or run in it. A call beyond this limit rejects with `QUEUE_FULL` at
   * once. A call with more items than its `batchSize` counts as one batch, because it submits one batch at a time. Default 10,000.
   */
  readonly maxWaiting?: number
}

/** Queue options with defaults. */
export type QueueLimits = Required<QueueOptions>

/** Enough for one call per file for thousands of files. Servers should use less: what they can compute in an acceptable time. */
const defaultWaiting = 10_000

/** Longer delays are mistakes, such as microseconds. */
const longestDelay = 60_000

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function queueLimits(options: QueueOptions = {}): QueueLimits {
  const { maxDelay = 0, maxWaiting = defaultWaiting } = checkObject('queue', options)
  checkNumber('queue.maxDelay', maxDelay, { least: 0, most: longestDelay })
  checkWhole('queue.maxWaiting', maxWaiting, 1)
  return { maxDelay, maxWaiting }
}
