/** Makes the loader of a data set. */
import { crc32 } from '#crc32'
import { checkObject, checkSignal, checkWhole } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { plural } from '../../plural'
import type { IndexedShard } from '../readers/open-records'
import { createBatchMemory } from './batch-memory'
import { readBatches } from './batches'
import { samplesOf, type EpochPlan } from './order/epoch'
import type { Loader } from './loader'
import { settingsOf, type LoaderOptions } from './options'
import { createSkipCounter } from './skip-counter'

/** @throws DreamLIPError `INVALID_ARGUMENT` for invalid options, `DATA_EMPTY` when the data cannot fill a batch */
export function createLoader(shards: readonly IndexedShard[], options: LoaderOptions = {}): Loader {
  const settings = settingsOf(options)
  const { batchSize, imageSize, mean, std, resizeMode, interpolation, augmentation } = settings
  const { seed, rank, worldSize, shuffle, samplesPerEpoch } = settings
  const filled = shards.filter(({ index }) => index.count > 0)
  const plan: EpochPlan = { shards: filled, seed, rank, worldSize, shuffle, samplesPerEpoch }
  const size = filled.length === 0 ? 0 : samplesOf(plan)
  if (size < batchSize) throw tooSmall(size, batchSize)
  const skips = createSkipCounter(settings.maxSkipped ?? Math.ceil(size / 10), size)
  const memory = createBatchMemory(batchSize * 3 * imageSize * imageSize)
  return {
    batchSize,
    size,
    preprocessing: { mean, std, ...(augmentation === undefined && { resizeMode, interpolation }) },
    fingerprint: fingerprintOf(plan, size),
    skipped: skips.counts,
    async *batches(from, signal) {
      checkWhole('from.epoch', checkObject('from', from).epoch, 0)
      checkWhole('from.sample', from.sample, 0)
      checkSignal('signal', signal)
      yield* readBatches({ plan, settings, skips, memory }, from, signal)
    },
  }
}

/** Without the names of the files, so that data may move between the parts of a run. */
function fingerprintOf({ shards, seed, worldSize, shuffle }: EpochPlan, size: number): string {
  const counts = shards.map(({ index, weight, contents = '' }) => `${index.count}:${weight ?? 1}${contents}`).join(' ')
  const hash = crc32(new TextEncoder().encode(counts)).toString(16)
  return `${size} samples of ${shards.length} files (${hash}), seed ${seed}, world size ${worldSize}, shuffle ${shuffle}`
}

function tooSmall(size: number, batchSize: number): DreamLIPError {
  return new DreamLIPError(
    'DATA_EMPTY',
    `data: expected at least ${plural(batchSize, 'sample')} per rank to fill a batch; got ${size}. Add samples, or lower batchSize.`,
  )
}
