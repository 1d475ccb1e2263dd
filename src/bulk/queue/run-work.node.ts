/** A worker: takes shards from the queue and embeds them until it is told to stop, or the queue is empty. */
import type { Job } from 'bullmq'
import { checkCall, checkFlag, wrongArgument } from '../../check-arguments'
import { onAbort } from '../../concurrency/on-abort'
import { DreamLIP } from '../../dreamlip'
import type { Destination } from '../destination'
import { finishItem, isOfOneShard } from '../embed-shards.node.ts'
import { openDestination } from '../open-destination.node.ts'
import {
  connectionOf,
  withQueue,
  type Connection,
  type WorkJob,
  type WorkQueueOptions,
  type WorkResult,
} from './connection.node.ts'

export interface RunWorkOptions extends WorkQueueOptions {
  /** Whether the worker ends when no shard waits, runs or will be tried again; default false: it waits for more. */
  readonly untilEmpty?: boolean
  /** How long the queue waits for a sign of life of this worker before another takes its shard, in seconds; default 60. */
  readonly lockSeconds?: number
  /** Called after each shard. */
  readonly onShard?: (shard: string, outcome: WorkResult | Error) => void
  /** Stops the worker: the shard that it works on goes back to the queue. */
  readonly signal?: AbortSignal
}

export interface DoneWork {
  readonly shards: number
  readonly samples: number
  readonly failed: number
}

/** A shard whose workers die this often is set aside: it may be what kills them. */
const mostDeaths = 5

/**
 * Embeds shards of the queue. Load the model with `worker: true`: then this thread is free to tell the queue that the worker lives.
 * @returns when the signal is aborted, or with `untilEmpty` when nothing is left
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE` if Redis does not answer at the start; errors that concern all shards, such as `WRITE_FAILED` and `OUTPUT_MISMATCH`
 */
export async function runWork(model: DreamLIP, options: RunWorkOptions = {}): Promise<DoneWork> {
  const { untilEmpty = false, lockSeconds = 60, onShard, signal } = checkCall(options)
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkFlag('untilEmpty', untilEmpty)
  const connection = connectionOf(options)
  const { bullmq, name, url } = connection
  await withQueue(connection, (queue) => queue.getJobCountByTypes()) // a wrong address is an error; later, the worker waits for Redis
  const fingerprint = await model.fingerprint({ signal })
  const stop = new AbortController()
  const destinations = new Map<string, Promise<Destination>>()
  const done = { shards: 0, samples: 0, failed: 0 }
  let failure: { readonly error: Error } | undefined

  const work = async (job: Job<WorkJob, WorkResult>, token?: string): Promise<WorkResult> => {
    const { item, out, settings, records } = job.data
    if (!destinations.has(out)) destinations.set(out, openDestination(out))
    try {
      const destination = await destinations.get(out)!
      const embedding = { model, settings, records, destination, signal: stop.signal }
      const { report, wasThere } = await finishItem(item, fingerprint, embedding)
      const { samples, embedded, reasons } = report
      const result = { samples, embedded, reasons, wasThere }
      done.shards++
      done.samples += samples
      onShard?.(item.name, result)
      return result
    } catch (error) {
      if (!stop.signal.aborted && isOfOneShard(error)) {
        done.failed++
        onShard?.(item.name, error)
        throw error
      }
      // What stops this worker says nothing about the shard: it goes back, and its tries are not counted.
      if (!stop.signal.aborted) {
        failure = { error: error as Error }
        stop.abort(error)
      }
      await job.moveToDelayed(Date.now(), token)
      throw new bullmq.DelayedError()
    }
  }
  const worker = new bullmq.Worker<WorkJob, WorkResult>(name, work, {
    connection: { url, maxRetriesPerRequest: null },
    lockDuration: 1000 * lockSeconds,
    stalledInterval: 500 * lockSeconds,
    maxStalledCount: mostDeaths,
  })
  worker.on('error', () => undefined) // the connection is tried again until it is back
  const stopListening = onAbort(signal, () => stop.abort(signal?.reason))
  if (signal?.aborted) stop.abort(signal.reason)
  try {
    const stopped = new Promise<true>((resolve) => {
      if (stop.signal.aborted) resolve(true)
      stop.signal.addEventListener('abort', () => resolve(true), { once: true })
    })
    if (untilEmpty) await untilNothingIsLeft(connection, stopped)
    else await stopped
  } finally {
    stopListening()
    await worker.close()
  }
  if (failure) throw failure.error
  return done
}

/** How often an idle worker looks whether anything is left, in milliseconds. */
const lookEvery = 500

/** Waits until nothing waits, runs or will be tried again, or until the worker is stopped. */
async function untilNothingIsLeft({ bullmq, name, url }: Connection, stopped: Promise<true>): Promise<void> {
  const queue = new bullmq.Queue(name, { connection: { url, maxRetriesPerRequest: null } })
  queue.on('error', () => undefined) // the connection is tried again until it is back
  const pause = () => new Promise<false>((resolve) => setTimeout(resolve, lookEvery, false))
  try {
    while (!(await Promise.race([stopped, pause()]))) {
      const left = await Promise.race([
        stopped,
        queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized'),
      ])
      if (left === 0 || left === true) return
    }
  } finally {
    await queue.close()
  }
}
