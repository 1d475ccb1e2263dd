/** Puts the shards of a data set into the queue. */
import { createHash } from 'node:crypto'
import { checkCall, checkText, checkWhole } from '../../check-arguments'
import { settingsOf, type EmbedShardsOptions } from '../embed-shards.node.ts'
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
  /** How often a shard is tried; default 3. Then it is set aside, with the reason. */
  readonly attempts?: number
}

export interface AddedWork {
  readonly shards: number
  /** Those that the queue did not have. */
  readonly added: number
}

/** Jobs that go to Redis at once. */
const groupSize = 1000

/**
 * Adds shards to the queue. A shard that the queue has, waiting, done or set aside, is not added again, so adding twice is harmless.
 * @param shards as for `embedShards`
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE`
 */
export async function addWork(shards: string, options: AddWorkOptions): Promise<AddedWork> {
  const { out, records = {}, rowsPerShard = defaultRowsPerShard, attempts = 3, signal } = checkCall(options)
  checkText('shards', shards, 'files, such as shards/{000..099}.tar')
  checkText('out', out, 'a folder, or an address such as s3://bucket/prefix')
  checkWhole('rowsPerShard', rowsPerShard, 1)
  checkWhole('attempts', attempts, 1)
  const settings = settingsOf(options)
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
      await queue.addBulk(jobs)
    }
    return { shards: items.length, added: (await queue.getJobCountByTypes()) - before }
  })
}

/** The same shard of the same output is the same job. */
function idOf({ number, name }: WorkItem, out: string): string {
  return `${number}-${createHash('sha256')
    .update(JSON.stringify([name, out]))
    .digest('hex')
    .slice(0, 16)}`
}
