/** The batches of an epoch: samples are prepared ahead of the caller and put together in the epoch's order. */
import { sharedPixels } from '#data/loader/prepare-pool'
import { mapAhead } from '../../concurrency/map-ahead'
import type { Reading } from '../shard'
import type { BatchMemory } from './batch-memory'
import { readEpoch, type EpochPlan } from './order/epoch'
import type { LoaderSettings } from './options'
import { prepareReading, type PreparedSample } from './prepare/prepare-reading'
import type { TokenLists } from './prepare/prepare-sample'
import type { SkipCounter } from './skip-counter'
import type { DataPosition, SkippedSample, TrainingBatch } from './training-batch'

/** Samples in preparation beyond a batch, so that no thread idles while another one decodes a large image. */
const samplesAhead = 16

/** The state that the batches of all epochs of a loader share. */
export interface BatchSource {
  readonly plan: EpochPlan
  readonly settings: LoaderSettings
  readonly skips: SkipCounter
  readonly memory: BatchMemory
}

/**
 * The batches of an epoch from a position on. Samples that do not fill a batch are dropped.
 * @throws DreamLIPError `DATA_BROKEN` for too many skipped samples; the signal's reason when aborted
 */
export async function* readBatches(
  { plan, settings, skips, memory }: BatchSource,
  { epoch, sample }: DataPosition,
  signal?: AbortSignal,
): AsyncGenerator<Required<TrainingBatch<readonly number[]>>> {
  const { batchSize, imageSize } = settings
  const values = 3 * imageSize * imageSize
  const shape = [batchSize, 3, imageSize, imageSize] as const
  let [passed, inEpoch] = [sample, 0]
  let pixels = memory.take() // [batch, 3, size, size]
  let captions: TokenLists[] = []
  let skipped: SkippedSample[] = []
  for await (const prepared of prepareAhead(plan, settings, { epoch, sample }, signal)) {
    signal?.throwIfAborted()
    passed++
    if ('problem' in prepared) {
      const { problem } = prepared
      skipped.push({ sample: problem.sample, reason: `${problem.reason}: ${problem.message}` })
      skips.add(problem, ++inEpoch)
    } else {
      pixels.set(prepared.pixels, captions.length * values)
      captions.push(prepared.tokens)
    }
    if (captions.length < batchSize) continue
    const full = pixels
    const release = () => memory.release(full)
    yield { images: { pixels, shape }, captions, next: { epoch, sample: passed }, skipped, release }
    pixels = memory.take()
    captions = []
    skipped = []
  }
}

/** Samples from a position on, in order. The pixels of a sample are overwritten once the next sample is requested. */
async function* prepareAhead(
  plan: EpochPlan,
  settings: LoaderSettings,
  { epoch, sample }: DataPosition,
  signal?: AbortSignal,
): AsyncGenerator<PreparedSample> {
  const ahead = settings.batchSize + samplesAhead
  const values = 3 * settings.imageSize ** 2
  // One more than the samples in preparation: a slot is reused once its sample has been copied.
  const places = Array.from({ length: ahead + 1 }, () => sharedPixels(values))
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  let started = sample
  const prepare = (reading: Reading) => {
    const number = started++
    return prepareReading(reading, settings, { epoch, sample: number }, places[number % places.length]!)
  }
  try {
    yield* mapAhead(readEpoch(plan, epoch, sample, either), ahead, prepare)
  } finally {
    stop.abort()
  }
}
