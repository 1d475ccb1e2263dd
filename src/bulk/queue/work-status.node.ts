/** How far the work in the queue has come. */
import { addReasons } from '../shard-report'
import { connectionOf, withQueue, type WorkQueue, type WorkQueueOptions } from './connection.node.ts'

export interface SetAside {
  readonly shard: string
  readonly reason: string
  readonly attempts: number
}

export interface WorkStatus {
  readonly waiting: number
  readonly active: number
  /** Shards that will be tried again later. */
  readonly delayed: number
  readonly completed: number
  /** Shards that were set aside after all their tries. */
  readonly failed: number
  readonly samples: number
  readonly embedded: number
  /** Samples that were left out, by reason. */
  readonly reasons: Readonly<Record<string, number>>
  /** Over the last finished shards; undefined if too few have finished. */
  readonly samplesPerSecond?: number
  /** At this rate, for what is left. */
  readonly secondsLeft?: number
  /** The first of those that were set aside. */
  readonly setAside: readonly SetAside[]
}

/** Jobs that are read at once. */
const groupSize = 1000
/** The rate is that of this many shards, the last to finish. */
const recentShards = 50
const namedFailures = 100

/** @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE` */
export async function workStatus(options: WorkQueueOptions = {}): Promise<WorkStatus> {
  return withQueue(connectionOf(options), async (queue) => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
    const { waiting = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts
    const sums = await sumOf(queue)
    const left = waiting + active + delayed
    const rate = sums.recent && sums.recent.samples / sums.recent.seconds
    const perShard = sums.recent && sums.recent.seconds / sums.recent.shards
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
  /** The shards that finished last and were not there before: how many, and the time from the first's start to the last's end. */
  recent?: { readonly shards: number; readonly samples: number; readonly seconds: number }
}

async function sumOf(queue: WorkQueue): Promise<Sums> {
  const sums: Sums = { samples: 0, embedded: 0, reasons: {} }
  const times: { readonly start: number; readonly end: number; readonly samples: number }[] = []
  for (let start = 0; ; start += groupSize) {
    const jobs = await queue.getJobs('completed', start, start + groupSize - 1)
    for (const { returnvalue, processedOn, finishedOn } of jobs) {
      sums.samples += returnvalue.samples
      sums.embedded += returnvalue.embedded
      addReasons(sums.reasons, returnvalue.reasons)
      if (!returnvalue.wasThere && processedOn !== undefined && finishedOn !== undefined) {
        times.push({ start: processedOn, end: finishedOn, samples: returnvalue.samples })
      }
    }
    if (jobs.length < groupSize) break
  }
  const recent = times.sort((a, b) => b.end - a.end).slice(0, recentShards)
  if (recent.length === 0) return sums
  const seconds = (recent[0]!.end - Math.min(...recent.map(({ start }) => start))) / 1000
  if (seconds > 0) {
    sums.recent = { shards: recent.length, samples: recent.reduce((sum, { samples }) => sum + samples, 0), seconds }
  }
  return sums
}
