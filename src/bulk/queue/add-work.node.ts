/** Adds the shards of a data set to the queue. */
import { createHash } from 'node:crypto'
import { checkCall, checkText, checkWhole } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { readingOf, settingsOf, type EmbedShardsOptions } from '../embed-shards.node.ts'
import { defaultRowsPerShard, listWork, type WorkItem } from '../work-list.node.ts'
import { connectionOf, withQueue, type WorkJob, type WorkQueueOptions } from './connection.node.ts'

export interface AddWorkOptions
  extends
    WorkQueueOptions,
    Pick<EmbedShardsOptions, 'rowsPerShard' | 'dtype' | 'texts' | 'long' | 'decode' | 'batchSize' | 'signal'> {
  /** Where the files go, the same for all workers: a folder that all machines share, or `s3://bucket/prefix`. */
  readonly out: string
  /** How the samples are read; as for `LongCaptionDataset.open`. */
  readonly records?: WorkJob['records']
  /** How often a shard is tried before it is set aside with the reason; default 3. */
  readonly attempts?: number
}

export interface AddedWork {
  readonly shards: number
  /** Shards that were new to the queue. */
  readonly added: number
}

/** Jobs sent to Redis at once. */
const groupSize = 1000

/**
 * Adds shards to the queue. A shard that is already in the queue, waiting, done or set aside, is not added again, so repeating a
 * call is harmless, and a longer list adds only its new shards.
 * @param shards as for `embedShards`
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE`; `OUTPUT_MISMATCH` if the queue has other
 *   shards for the same output, or the same shards with other settings
 */
export async function addWork(shards: string, options: AddWorkOptions): Promise<AddedWork> {
  const { out, rowsPerShard = defaultRowsPerShard, attempts = 3, signal } = checkCall(options)
  checkText('shards', shards, 'files, such as shards/{000..099}.tar')
  checkText('out', out, 'a folder, or an address such as s3://bucket/prefix')
  checkWhole('rowsPerShard', rowsPerShard, 1)
  checkWhole('attempts', attempts, 1)
  const settings = settingsOf(options)
  const records = readingOf(options.records, settings)
  const connection = connectionOf(options)
  const items = await listWork(shards, { ...records, signal }, rowsPerShard)
  return withQueue(connection, async (queue) => {
    const before = await queue.getJobCountByTypes()
    for (let start = 0; start < items.length; start += groupSize) {
      signal?.throwIfAborted()
      const jobs = items.slice(start, start + groupSize).map((item) => {
        const data: WorkJob = { item, out, settings, records, shards: items.length }
        const backoff = { type: 'exponential', delay: 2000 }
        return { name: 'shard', data, opts: { jobId: idOf(item, out), attempts, backoff } }
      })
      const same = jobs.map(({ data, opts }) =>
        queue.getJob(opts.jobId).then((job) => job && checkSame(job.data, data)),
      )
      await Promise.all(same)
      await queue.addBulk(jobs)
    }
    return { shards: items.length, added: (await queue.getJobCountByTypes()) - before }
  })
}

/** A job's id: one job per shard number and output. */
function idOf({ number }: WorkItem, out: string): string {
  return `${number}-${createHash('sha256').update(out).digest('hex').slice(0, 16)}`
}

/** @throws DreamLIPError `OUTPUT_MISMATCH` if two jobs would write the same files with different contents */
function checkSame(before: WorkJob, now: WorkJob): void {
  const contentsOf = ({ item, settings, records }: WorkJob) => ({ shard: item.name, settings, records })
  const [had, got] = [contentsOf(before), contentsOf(now)].map((contents) => JSON.stringify(contents)) as [
    string,
    string,
  ]
  if (had === got) return
  throw new DreamLIPError(
    'OUTPUT_MISMATCH',
    `shard ${now.item.number} of ${now.out}: the queue has ${had.slice(0, 300)}; got ${got.slice(0, 300)}. ` +
      'Choose another output, or give the list of shards and the settings as before; new shards go to the end of the list.',
  )
}
