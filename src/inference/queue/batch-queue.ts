/** Gathers the work of many calls into batches, in order of arrival, and runs one batch at a time. */
import { onAbort } from '../../concurrency/on-abort'
import { DreamLIPError } from '../../errors'
import { nextTurn } from '../../runtime/next-turn'
import type { QueueLimits } from './queue-options'

/** The work of a queue. A portion is the part of one call that goes through the model at once: a batch, or less. */
export interface BatchWork<Portion, Result> {
  /** The name of the queue's items in errors: `images` or `texts`. */
  readonly things: string
  /** Computes portions together: one result for each, in their order. */
  run(portions: readonly Portion[]): Promise<readonly Result[]>
  /** The size that the device computes for a batch of this size: larger if it pads batches. */
  paddedSize(size: number): number
}

/** How a portion may be joined with others. Sizes are in the unit of the queue: images, or tokens. */
export interface PortionLimits {
  readonly size: number
  /** The largest batch that it may be part of. A larger portion runs alone. */
  readonly most: number
  readonly signal?: AbortSignal
}

export interface BatchQueue<Portion, Result> {
  /** Items of calls that have not been answered. A call counts as one batch at most, because it submits one batch at a time. */
  readonly waiting: number
  /** Runs a call that will submit portions. @throws DreamLIPError `QUEUE_FULL` at once, without running it */
  admit<T>(items: number, call: () => Promise<T>): Promise<T>
  /** Computes a portion, together with other waiting ones. @throws errors of the work; the signal's reason, at once */
  add(portion: Portion, limits: PortionLimits): Promise<Result>
  /** Rejects all waiting, running and later portions. */
  close(error: Error): void
}

interface Entry<Portion, Result> extends PortionLimits {
  readonly portion: Portion
  /** When it arrived, in milliseconds. */
  readonly since: number
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * A call submits its next portion when it has the result of the last one, so calls with many items and calls with few take turns.
 * The portion that has waited longest is always in the next batch. Others join it, in order of arrival, if they fit.
 */
export function createBatchQueue<Portion, Result>(
  work: BatchWork<Portion, Result>,
  { maxDelay, maxWaiting }: QueueLimits,
): BatchQueue<Portion, Result> {
  const entries = new Set<Entry<Portion, Result>>()
  let running: readonly Entry<Portion, Result>[] = []
  let [admitted, busy] = [0, false]
  let closed: Error | undefined
  /** Set while the queue waits for more portions. */
  let stopDelay: (() => void) | undefined

  const gather = async () => {
    // Gathers the calls of one turn of the event loop, and requests that arrived while a batch ran.
    await nextTurn()
    const [first] = entries
    if (!first) return
    const delay = first.since + maxDelay - performance.now()
    if (delay <= 0 || isFull(entries)) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delay)
      stopDelay = () => (clearTimeout(timer), resolve())
    })
    stopDelay = undefined
  }
  const runAll = async () => {
    busy = true
    while ((await gather(), entries.size > 0)) {
      running = takeBatch(entries, work.paddedSize)
      await runBatch(work, running)
    }
    busy = false
  }
  return {
    get waiting() {
      return admitted
    },
    async admit(items, call) {
      if (admitted > 0 && admitted + items > maxWaiting) throw queueFull(work.things, items, admitted, maxWaiting)
      admitted += items
      try {
        return await call()
      } finally {
        admitted -= items
      }
    },
    async add(portion, limits) {
      limits.signal?.throwIfAborted()
      if (closed) throw closed
      let stop = () => {}
      return new Promise<Result>((resolve, reject) => {
        const entry = { portion, ...limits, since: performance.now(), resolve, reject }
        entries.add(entry)
        stop = onAbort(limits.signal, () => {
          entries.delete(entry)
          entry.reject(limits.signal!.reason)
        })
        if (!busy) void runAll()
        else if (stopDelay && isFull(entries)) stopDelay()
      }).finally(() => stop())
    },
    close(error) {
      closed = error
      for (const { reject } of [...entries, ...running]) reject(error)
      entries.clear()
      stopDelay?.()
    },
  }
}

/** Removes the portions of the next batch from the queue. */
function takeBatch<E extends PortionLimits>(entries: Set<E>, paddedSize: (size: number) => number): E[] {
  const fitting = fittingEntries(entries)
  // Prefers a batch with the least padding. The rest, and portions that arrive in the meantime, form the next batch.
  let [size, best, used] = [0, 1, 0]
  fitting.forEach((entry, i) => {
    size += entry.size
    const share = size / paddedSize(size)
    if (share < used) return
    used = share
    best = i + 1
  })
  const taken = fitting.slice(0, best)
  taken.forEach((entry) => entries.delete(entry))
  return taken
}

/** The first portion, and those after it that fit into its batch. */
function fittingEntries<E extends PortionLimits>(entries: Iterable<E>): E[] {
  const fitting: E[] = []
  let [total, most] = [0, Infinity]
  for (const entry of entries) {
    const least = Math.min(most, entry.most)
    if (fitting.length > 0 && total + entry.size > least) continue
    fitting.push(entry)
    total += entry.size
    most = least
    if (total >= most) break
  }
  return fitting
}

/** Whether the next batch cannot grow. */
function isFull(entries: ReadonlySet<PortionLimits>): boolean {
  const fitting = fittingEntries(entries)
  const size = fitting.reduce((sum, entry) => sum + entry.size, 0)
  return fitting.length < entries.size || size >= Math.min(...fitting.map(({ most }) => most))
}

async function runBatch<Portion, Result>(
  work: BatchWork<Portion, Result>,
  batch: readonly Entry<Portion, Result>[],
): Promise<void> {
  try {
    const results = await work.run(batch.map(({ portion }) => portion))
    batch.forEach(({ resolve }, i) => resolve(results[i]!))
  } catch (error) {
    // The batch may be too large for the device, or one portion may be the cause. If there are several, each then runs alone.
    if (batch.length === 1) return batch[0]!.reject(error)
    for (const entry of batch) if (!entry.signal?.aborted) await runBatch(work, [entry])
  }
}

function queueFull(things: string, items: number, waiting: number, maxWaiting: number): DreamLIPError {
  return new DreamLIPError(
    'QUEUE_FULL',
    `${things}: expected at most ${maxWaiting} ${things} to wait for this model (queue.maxWaiting); ${waiting} wait, and this call ` +
      `adds ${items}. Call again when some are done, or pass a larger queue.maxWaiting to DreamLIP.load.`,
  )
}
