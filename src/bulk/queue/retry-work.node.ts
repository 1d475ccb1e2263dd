/** Puts shards that were set aside back into the queue. */
import type { Job } from 'bullmq'
import { connectionOf, withQueue, type WorkJob, type WorkQueueOptions } from './connection.node.ts'

/** Shards put back at once. */
const groupSize = 1000

/**
 * Puts the shards that were set aside back into the queue, with their tries reset, for example after repairing files.
 * @returns how many
 * @throws DreamLIPError `INVALID_ARGUMENT`, `MISSING_DEPENDENCY`, `SOURCE_UNREADABLE`
 */
export async function retryWork(options: WorkQueueOptions = {}): Promise<{ readonly shards: number }> {
  return withQueue(connectionOf(options), async (queue) => {
    const jobs = await queue.getJobs('failed')
    for (let start = 0; start < jobs.length; start += groupSize) {
      const group = jobs.slice(start, start + groupSize)
      await Promise.all(group.map(putBack))
    }
    return { shards: jobs.length }
  })
}

/** Resets the tries and the deaths of its workers. */
async function putBack(job: Job<WorkJob>): Promise<void> {
  await job.updateData({ ...job.data, crashes: 0, forgiven: job.stalledCounter })
  await job.retry('failed', { resetAttemptsMade: true })
}
