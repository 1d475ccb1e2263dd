/** A worker: takes shards from the queue and embeds them until it is told to stop, or the queue is empty. */
import { setTimeout as pause } from 'node:timers/promises'
import { checkCall, checkCallback, checkFlag, checkNumber, wrongArgument } from '../../check-arguments'
import { onAbort } from '../../concurrency/on-abort'
import { untilAborted } from '../../concurrency/until-aborted'
import { DreamLIP } from '../../dreamlip'
import { DreamLIPError } from '../../errors'
import type { Destination } from '../destination/destination'
import { reportFailure } from '../embed-item.node.ts'
import { finishItem, identityOf } from '../embed-shards.node.ts'
import { writeManifest } from '../output/manifest'
import { openDestination } from '../destination/open-destination.node.ts'
import { connectionOf, withQueue, type WorkQueueOptions, type WorkResult } from './connection.node.ts'
import { openTakers, type HeldShard } from './held-shards.node.ts'

export interface RunWorkOptions extends WorkQueueOptions {
  /** Whether the worker ends when no shard waits, runs or will be retried; default false: it waits for more. */
  readonly untilEmpty?: boolean
  /** How long a worker may be silent before another one takes its shard, in seconds; default 60. */
  readonly lockSeconds?: number
  /** How long to wait for a store that does not answer before the worker ends with an error, in seconds; default 300. */
  readonly patienceSeconds?: number
  /** Called after each shard. */
  readonly onShard?: (shard: string, outcome: WorkResult | Error) => void
  /** Called with the problem when Redis or the store does not answer and is tried again. */
  readonly onProblem?: (message: string) => void
  /** Stops the worker; its current shard goes back to the queue. */
  readonly signal?: AbortSignal
}

export interface DoneWork {
  readonly shards: number
  readonly samples: number
  readonly failed: number
}

/** How often an idle worker looks for work, in milliseconds. */
const lookEvery = 500

/**
 * Embeds shards from the queue. Load the model with `worker: true`, so that this thread stays free to keep the lock of its shard.
 * @returns when the signal is aborted, or with `untilEmpty` when nothing is left
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE` if Redis does not answer at the start; errors
 *   that concern all shards, such as `WRITE_FAILED` and `OUTPUT_MISMATCH`
 */
export async function runWork(model: DreamLIP, options: RunWorkOptions = {}): Promise<DoneWork> {
  const { untilEmpty = false, lockSeconds = 60, patienceSeconds, onShard, signal } = checkCall(options)
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkFlag('untilEmpty', untilEmpty)
  checkNumber('lockSeconds', lockSeconds, { above: 0 })
  checkCallback('onProblem', options.onProblem)
  const onProblem = withoutRepeats(options.onProblem)
  const connection = connectionOf(options)
  await withQueue(connection, (queue) => queue.getJobCountByTypes()) // fails on a wrong address; later, the worker waits for Redis
  const fingerprint = await model.fingerprint({ signal })
  const stop = new AbortController()
  const stopListening = onAbort(signal, () => stop.abort(signal?.reason))
  if (signal?.aborted) stop.abort(signal.reason)
  const outputs = openOutputs(stop.signal, { patienceSeconds, onWait: onProblem })
  const onRedis = (message: string) => onProblem(`Redis: ${message}`)
  const takers = openTakers(connection, 1000 * lockSeconds, onRedis, stop.signal)
  const done = { shards: 0, samples: 0, failed: 0 }
  let failure: { readonly error: unknown } | undefined

  /** An error that concerns all shards ends this worker. The shard goes back to the queue, and no try is counted. */
  const work = async (shard: HeldShard): Promise<void> => {
    const { item, out, settings, records, shards } = shard.work
    const start = performance.now()
    try {
      const destination = await outputs.open(out, shards)
      const embedding = { model, settings, records, destination, signal: stop.signal }
      const fail = async (error: DreamLIPError, isFatal?: boolean) => {
        done.failed++
        onShard?.(item.name, error)
        await shard.fail(error, isFatal)
      }
      if (shard.fatal !== undefined) {
        const error = new DreamLIPError('WORKER_FAILED', `${item.name}: ${shard.fatal}`)
        await reportFailure(item, identityOf(item, fingerprint, embedding), error, embedding)
        return await fail(error, true)
      }
      const finished = await finishItem(item, fingerprint, embedding)
      if (!('report' in finished)) return await fail(new DreamLIPError(finished.code, finished.message))
      const { samples, embedded, reasons } = finished.report
      const seconds = (performance.now() - start) / 1000
      const result = { samples, embedded, reasons, wasThere: finished.wasThere, seconds }
      done.shards++
      done.samples += samples
      onShard?.(item.name, result)
      await shard.complete(result)
    } catch (error) {
      if (!stop.signal.aborted) {
        failure = { error }
        stop.abort(error)
      }
      await shard.giveBack(failure && isCrash(error))
    }
  }

  try {
    while (!stop.signal.aborted) {
      const shard = await untilAborted(stop.signal, takers.take())
      if (shard) {
        await work(shard)
        continue
      }
      const left = await untilAborted(stop.signal, takers.left())
      if (left === 0) await outputs.finish()
      if (left === 0 && untilEmpty) break
      await untilAborted(stop.signal, pause(lookEvery))
    }
  } catch (error) {
    if (!stop.signal.aborted) failure = { error }
  } finally {
    stopListening()
    stop.abort()
    await takers.close()
  }
  if (failure) throw failure.error
  return done
}

/** Whether the model failed. If it fails on the same shard again and again, the shard may be the cause. */
function isCrash(error: unknown): boolean {
  return error instanceof DreamLIPError && ['WORKER_FAILED', 'RUN_FAILED'].includes(error.code)
}

/** The outputs that this worker has worked on. */
function openOutputs(signal: AbortSignal, settings: Parameters<typeof openDestination>[1]) {
  const outputs = new Map<string, { readonly destination: Promise<Destination>; shards: number; isOpen: boolean }>()
  return {
    open(out: string, shards = 0): Promise<Destination> {
      const output = outputs.get(out) ?? { destination: openDestination(out, settings), shards, isOpen: true }
      outputs.set(out, output)
      output.shards = Math.max(output.shards, shards)
      output.isOpen = true
      return output.destination
    },
    /** Writes the manifests of complete outputs. Call it only when no shard is left, because listing all reports takes long. */
    async finish(): Promise<void> {
      for (const output of outputs.values()) {
        if (!output.isOpen || output.shards === 0) continue
        if (await writeManifest(await output.destination, output.shards, signal)) output.isOpen = false
      }
    },
  }
}

/** Drops a message that equals the previous one. */
function withoutRepeats(tell: RunWorkOptions['onProblem']): (message: string) => void {
  let before: string | undefined
  return (message) => {
    if (message === before) return
    before = message
    tell?.(message)
  }
}
