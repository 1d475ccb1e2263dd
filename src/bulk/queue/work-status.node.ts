/** The progress of the work in the queue. */
import { addReasons } from '../output/shard-report'
import { connectionOf, withQueue, type WorkQueue, type WorkQueueOptions } from './connection.node.ts'

export interface SetAside {
  readonly shard: string
  readonly reason: string
  readonly attempts: number
}

export interface WorkStatus {
  readonly waiting: number
  readonly active: number
  /** Shards that will be retried later. */
  readonly delayed: number
  readonly completed: number
  /** Shards that were set aside after all their tries. */
  readonly failed: number
  readonly samples: number
  readonly embedded: number
  /** Samples that were left out, by reason. */
  readonly reasons: Readonly<Record<string, number>>
  /** The rate of the last finished shards, times the number of active workers (at least one); undefined if none has finished. */
  readonly samplesPerSecond?: number
  /** The remaining time at this rate. */
  readonly secondsLeft?: number
  /** The first shards that were set aside. */
  readonly setAside: readonly SetAside[]
}

/** Jobs read at once. */
const groupSize = 1000
/** The number of last finished shards from which the rate is computed. */
const recentShards = 50
const namedFailures = 100

/** @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE` */
export async function workStatus(options: WorkQueueOptions = {}): Promise<WorkStatus> {
  return withQueue(connectionOf(options), async (queue) => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
    const { waiting = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts
    const sums = await sumOf(queue)
    const left = waiting + active + delayed
    const workers = Math.max(1, active)
    const rate = sums.recent && (sums.recent.samples / sums.recent.seconds) * workers
    const perShard = sums.recent && sums.recent.seconds / sums.recent.shards / workers
    const failures = await queue.getJobs('failed', 0, namedFailures - 1)
    return {
      ...{ waiting, active, delayed, completed, failed },
      ...{ samples: sums.samples, embedded: sums.embedded, reasons: sums.reasons },
      ...(rate !== undefined && { samplesPerSecond: rate, secondsLeft: left * perShard! }),
      setAside: failures.map(({ data, failedReason, attemptsMade }) => {
        return { shard: data.item.name, reason: failedReason, attempts: attemptsMade }
      }),
    }
  })
}

/** The counts in Prometheus's text format. @throws DreamLIPError as `workStatus` */
export async function workMetrics(options: WorkQueueOptions = {}): Promise<string> {
  return withQueue(connectionOf(options), async (queue) => {
    const { samples, embedded, reasons } = await sumOf(queue)
    const lines = [
      '# HELP dreamlip_samples_total Samples of finished shards.',
      '# TYPE dreamlip_samples_total counter',
      `dreamlip_samples_total{outcome="embedded"} ${embedded}`,
      ...Object.entries(reasons).map(([reason, count]) => `dreamlip_samples_total{outcome="${reason}"} ${count}`),
    ]
    return `${await queue.exportPrometheusMetrics()}\n${samples === 0 ? '' : `${lines.join('\n')}\n`}`
  })
}

interface Sums {
  samples: number
  embedded: number
  readonly reasons: Record<string, number>
  /** The last finished shards that were newly embedded: their number, their samples and their workers' time. */
  recent?: { readonly shards: number; readonly samples: number; readonly seconds: number }
}

async function sumOf(queue: WorkQueue): Promise<Sums> {
  const sums: Sums = { samples: 0, embedded: 0, reasons: {} }
  let recent = { shards: 0, samples: 0, seconds: 0 }
  for (let start = 0; ; start += groupSize) {
    const jobs = await queue.getJobs('completed', start, start + groupSize - 1)
    for (const { returnvalue } of jobs) {
      const { samples, embedded, reasons, wasThere, seconds } = returnvalue
      sums.samples += samples
      sums.embedded += embedded
      addReasons(sums.reasons, reasons)
      if (wasThere || !(seconds > 0) || recent.shards === recentShards) continue
      recent = { shards: recent.shards + 1, samples: recent.samples + samples, seconds: recent.seconds + seconds }
    }
    if (jobs.length < groupSize) break
  }
  return recent.shards === 0 ? sums : { ...sums, recent }
}
