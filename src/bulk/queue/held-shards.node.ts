/**
 * Takes shards from the queue, one at a time, and holds them until they are settled. BullMQ's own loop uses the machine's clock to
 * decide when to renew a lock or retry a shard, and counts a Redis error as a try of the shard. Here, time is measured since the
 * process started, and Redis errors are waited out.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Job } from 'bullmq'
import { onAbort } from '../../concurrency/on-abort'
import { untilAborted } from '../../concurrency/until-aborted'
import type { Connection, WorkJob, WorkResult } from './connection.node.ts'

/** A shard that this worker holds. Its lock is renewed until it is settled. */
export interface HeldShard {
  readonly work: WorkJob
  /** If set, the shard must be set aside without another try, because its workers died too often. */
  readonly fatal?: string
  complete(result: WorkResult): Promise<void>
  /** Counts a try. The shard is tried again after a pause, or set aside after its last try. */
  fail(error: Error, isFatal?: boolean): Promise<void>
  /** Returns it to the queue, to be taken next, without counting a try. */
  giveBack(crashed?: boolean): Promise<void>
}

export interface Takers {
  /** The next shard; undefined if none is waiting. */
  take(): Promise<HeldShard | undefined>
  /** How many shards wait, run or will be retried; undefined if Redis does not say. Shards whose pause is over become waiting. */
  left(): Promise<number | undefined>
  /** Call it after the signal has been aborted, or while no shard is held. */
  close(): Promise<void>
}

/** A shard whose workers die this often is set aside as a possible cause. Workers killed for other reasons must not reach this. */
const mostDeaths = 20
const retryMs = 1000
const longestRetryMs = 2000
/** How long a stopping worker waits for Redis to answer. */
const farewellMs = 5000
/** The maximum number of delayed shards to watch. */
const mostWatched = 100

/**
 * @param onProblem called when a Redis operation fails and is tried again
 * @param stop shards taken after this are given back; requests that Redis leaves unanswered some seconds longer are given up
 */
export function openTakers(
  { bullmq, name, url }: Connection,
  lockMs: number,
  onProblem: (message: string) => void,
  stop: AbortSignal,
): Takers {
  const token = randomUUID()
  const farewell = afterAbort(stop, farewellMs)
  // After the farewell time, connections that wait for Redis give up.
  const retryStrategy = (times: number) => (farewell.signal.aborted ? null : Math.min(100 * times, longestRetryMs))
  const connection = { url, maxRetriesPerRequest: null, retryStrategy }
  const limits = { lockDuration: lockMs, stalledInterval: lockMs / 2, maxStalledCount: mostDeaths }
  const worker = new bullmq.Worker<WorkJob, WorkResult>(name, null, { connection, ...limits })
  const queue = new bullmq.Queue<WorkJob, WorkResult>(name, { connection })
  const told = ({ message }: Error) => onProblem(message)
  worker.on('error', told)
  queue.on('error', told)
  void worker.startStalledCheckTimer()
  const watched = new Map<string, number>()
  let taking: Promise<unknown> = Promise.resolve()

  /** Retries until Redis succeeds, or the shard turns out to be no longer this worker's. */
  const settle = async (work: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await untilAborted(farewell.signal, work())
        return
      } catch (error) {
        if (isLost(error)) return
        told(error as Error)
        await untilAborted(farewell.signal, pause(retryMs))
        if (farewell.signal.aborted) return
      }
    }
  }

  const hold = (job: Job<WorkJob, WorkResult>): HeldShard => {
    const renewing = setInterval(() => void job.extendLock(token, lockMs).catch(told), lockMs / 3)
    const release = (work: () => Promise<unknown>) => settle(work).finally(() => clearInterval(renewing))
    const crashes = job.data.crashes ?? 0
    const stalls = job.stalledCounter - (job.data.forgiven ?? 0)
    const hasDied = stalls > mostDeaths || crashes > mostDeaths
    return {
      work: job.data,
      ...(hasDied && { fatal: `its workers died ${Math.max(stalls, crashes)} times` }),
      complete: (result) => release(() => job.moveToCompleted(result, token, false)),
      fail: (error, isFatal) =>
        release(() => job.moveToFailed(isFatal ? new bullmq.UnrecoverableError(error.message) : error, token, false)),
      giveBack: (crashed = false) =>
        release(async () => {
          if (crashed) await job.updateData({ ...job.data, crashes: crashes + 1 })
          await job.moveToWait(token)
        }),
    }
  }

  const takeOne = async (): Promise<HeldShard | undefined> => {
    const job = await worker.getNextJob(token, { block: false }).catch(told)
    if (!job) return undefined
    const shard = hold(job)
    if (!stop.aborted) return shard
    await shard.giveBack()
    return undefined
  }

  const lookAround = async (): Promise<number> => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
    const delayed = counts.delayed ? await queue.getDelayed(0, mostWatched - 1) : []
    for (const job of whosePauseIsOver(delayed, watched)) await job.promote().catch(() => undefined) // another worker did it
    return Object.values(counts).reduce((sum, count) => sum + count, 0)
  }

  return {
    take() {
      const shard = takeOne()
      taking = shard
      return shard
    },
    async left() {
      try {
        return await lookAround()
      } catch (error) {
        told(error as Error)
        return undefined
      }
    },
    async close() {
      await untilAborted(farewell.signal, taking)
      await untilAborted(farewell.signal, Promise.allSettled([worker.close(), queue.close()]))
      farewell.clear()
      if (farewell.signal.aborted) void Promise.allSettled([worker.disconnect(), queue.disconnect()])
    },
  }
}

/**
 * Delayed shards that this worker has watched for the length of their pause. They are retried even if the clock of the machine that
 * scheduled them is wrong.
 * @param watched when each was first seen, in milliseconds since the process started
 */
function whosePauseIsOver<ShardJob extends Pick<Job, 'id' | 'attemptsMade' | 'delay'>>(
  delayed: readonly ShardJob[],
  watched: Map<string, number>,
): ShardJob[] {
  const now = performance.now()
  const nameOf = ({ id, attemptsMade }: ShardJob) => `${id}/${attemptsMade}`
  const names = new Set(delayed.map(nameOf))
  for (const name of watched.keys()) if (!names.has(name)) watched.delete(name)
  return delayed.filter((job) => {
    const since = watched.get(nameOf(job)) ?? now
    watched.set(nameOf(job), since)
    return now - since >= job.delay
  })
}

/** A signal that is aborted some time after another one. */
function afterAbort(signal: AbortSignal, ms: number) {
  const later = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const start = () => (timer = setTimeout(() => later.abort(), ms))
  if (signal.aborted) start()
  onAbort(signal, start)
  return { signal: later.signal, clear: () => clearTimeout(timer) }
}

/** Whether the shard is no longer this worker's: another took it over, or Redis lost its data. BullMQ's codes are negative. */
function isLost(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'number' && code < 0
}
