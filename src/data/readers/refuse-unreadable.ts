/** Refuses sources without a readable sample. */
import { DreamLIPError } from '../../errors'
import type { Shard, SkipReason } from '../shard'
import type { IndexedShard } from './open-records'
import { lacksColumn } from './records/columns'

/** Samples to try before a source is refused. */
const probed = 20

/**
 * Returns the shard if any of its samples can be read.
 * @throws DreamLIPError `DATA_INVALID` if all samples lack an image or captions, or the first twenty are broken
 */
export async function refuseEmpty(shard: Shard, signal?: AbortSignal): Promise<Shard> {
  const reasons: readonly SkipReason[] = ['csv', 'json', 'pair']
  const messages: string[] = []
  for await (const reading of shard.read(undefined, signal)) {
    if ('record' in reading || !reasons.includes(reading.problem.reason)) return shard
    messages.push(reading.problem.message)
    if (messages.length === probed) break
  }
  const isUnfit = messages.length > 0 && messages.every((message) => message.includes(lacksColumn))
  if (!isUnfit && messages.length < probed) return shard
  const count = messages.length === 1 ? 'its first sample' : `each of its first ${messages.length} samples`
  const message = messages[0]!.replace(`${shard.name}: `, '')
  throw new DreamLIPError('DATA_INVALID', `${shard.name}: ${count} is unreadable: ${message}`)
}

/**
 * Refuses data without a single readable sample. If only some files are broken, only their samples are lost.
 * @throws DreamLIPError `DATA_EMPTY` if there is no sample, `DATA_INVALID` if there are a few and all of them are broken
 */
export async function refuseBroken(
  location: string,
  shards: readonly IndexedShard[],
  signal?: AbortSignal,
): Promise<void> {
  const count = shards.reduce((sum, { index }) => sum + index.count, 0)
  if (count === 0) {
    throw new DreamLIPError('DATA_EMPTY', `${location}: expected images with captions; it contains no samples.`)
  }
  if (count > probed) return
  let message = ''
  for (const shard of shards) {
    for await (const reading of shard.read(undefined, signal)) {
      // Other problems are reported sample by sample. These two mean that it is the wrong kind of file.
      if ('record' in reading || !['json', 'pair'].includes(reading.problem.reason)) return
      message ||= reading.problem.message
    }
  }
  throw new DreamLIPError(
    'DATA_INVALID',
    count === 1
      ? `${location}: its only sample cannot be read: ${message}`
      : `${location}: none of its ${count} samples can be read; the first: ${message}`,
  )
}
