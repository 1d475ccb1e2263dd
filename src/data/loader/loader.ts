/** Batches for a trainer: read, shuffled, sampled, decoded, augmented and tokenized, ahead of the one who computes. */
import { prepareInPool, sharedPixels } from '#data/loader/prepare-pool'
import { crc32 } from '#crc32'
import {
  checkChoice,
  checkFlag,
  checkObject,
  checkSeed,
  checkSignal,
  checkWhole,
  wrongArgument,
} from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { isImageProblem } from '../../images/decode/image-problem'
import { augmentations, type Augmentation } from '../../images/augment/augment'
import { checkMeanAndStd, defaultMean, defaultStd } from '../../images/preprocess/normalize'
import { resizeModes, type ResizeMode } from '../../images/preprocess/preprocess'
import { readEpoch, samplesOf, type EpochPlan } from './epoch'
import { mapAhead } from '../../concurrency/map-ahead'
import type { IndexedShard } from '../readers/open-records'
import type { TokenLists } from './prepare-sample'
import { mixSeeds, randomOf } from './random-order'
import type { Problem, Reading, SkipReason } from '../shard'
import { SubcaptionSampler, type SubcaptionSamplerOptions } from '../sampling/subcaption-sampler'

export interface LoaderOptions {
  /** Images a batch; default 8. */
  readonly batchSize?: number
  /** Side of the square image in pixels; default 224. */
  readonly imageSize?: number
  /** Which texts of a record are used; default: the raw caption and six sub-captions. */
  readonly texts?: SubcaptionSamplerOptions
  /** What happens to images: `crop` (default) keeps 90 to 100 % of the area, `strong` is the reference's stronger recipe, `none` prepares them as for evaluation. */
  readonly augmentation?: 'none' | 'crop' | 'strong' | Augmentation
  /** Tokens of a text at most; default 77. */
  readonly contextLength?: number
  /** Decides order, draws and augmentation; default 0. */
  readonly seed?: number
  /** This process's number among `worldSize` that share the data; default 0 of 1. */
  readonly rank?: number
  readonly worldSize?: number
  /** Samples that are mixed at a time, and held in memory twice; default 1000. 0 keeps the files' order. */
  readonly shuffle?: number
  /** Draw parts of the data by their weights, with replacement, until an epoch has so many samples for each rank. */
  readonly samplesPerEpoch?: number
  /** Samples of an epoch that may be left out before the run stops; default a tenth. */
  readonly maxSkipped?: number
  /** Of red, green and blue in [0, 1]; default: those of OpenAI's CLIP. */
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
  /** How images become square where they are not augmented; default `shortest`. Augmentations cut out regions, which are scaled to the square. */
  readonly resizeMode?: ResizeMode
  /** Turn images as their EXIF data say; default true. */
  readonly exifOrientation?: boolean
}

/** Where in the data a run stands: the epoch, and how many of its samples have been passed, broken ones included. */
export interface DataPosition {
  readonly epoch: number
  readonly sample: number
}

/** A sample that was left out, and why. */
export interface SkippedSample {
  /** How the data name it, such as a path. */
  readonly sample: string
  readonly reason: string
}

/** Images with as many captions each. */
export interface LoaderBatch {
  /** Normalised pixels, `[B, 3, size, size]` */
  readonly images: { readonly pixels: Float32Array; readonly shape: readonly [number, number, number, number] }
  /** For each image K captions: token ids with start and end token, none after it. */
  readonly captions: readonly (readonly (readonly number[])[])[]
  /** Where the next batch begins. */
  readonly next: DataPosition
  /** Samples that were left out on the way to this batch, and why. */
  readonly skipped: readonly SkippedSample[]
  /** Gives the pixels' memory back for a later batch, once nobody reads them any more. Without it each batch has memory of its own. */
  release(): void
}

/** Batches in an order that seed, epoch and rank decide, from any position on: what a trainer takes as its data. */
export interface Loader {
  readonly batchSize: number
  /** Samples an epoch for this rank, broken ones included. */
  readonly size: number
  /** The same for the same data and order: a run that goes on compares it. */
  readonly fingerprint: string
  /** How pixels are made: a trainer refuses what its model was not trained on. There is no `resizeMode` where images are augmented. */
  readonly preprocessing: Required<Pick<LoaderOptions, 'mean' | 'std'>> & Pick<LoaderOptions, 'resizeMode'>
  /** Samples left out so far, by reason. */
  readonly skipped: ReadonlyMap<SkipReason, number>
  /**
   * The rest of the position's epoch; what does not fill a batch is left out.
   * @throws DreamLIPError `DATA_BROKEN` when more samples are left out than `maxSkipped`
   */
  batches(from: DataPosition, signal?: AbortSignal): AsyncIterable<LoaderBatch>
}

/** Samples in the making beyond a batch: enough for every thread to have one while another is large. */
const samplesAhead = 16

type Prepared = { readonly tokens: TokenLists; readonly pixels: Float32Array } | { readonly problem: Problem }

/** @throws DreamLIPError `INVALID_ARGUMENT` for options that are none, `DATA_EMPTY` when the data cannot fill a batch */
export function createLoader(shards: readonly IndexedShard[], options: LoaderOptions = {}): Loader {
  const {
    batchSize = 8,
    imageSize = 224,
    contextLength = 77,
    exifOrientation = true,
    mean = defaultMean,
    std = defaultStd,
    resizeMode = 'shortest',
  } = checkObject('options', options)
  const { seed = 0, rank = 0, worldSize = 1, shuffle = 1000, samplesPerEpoch } = options
  checkWhole('batchSize', batchSize, 1)
  checkWhole('imageSize', imageSize, 1, 16_384)
  checkWhole('contextLength', contextLength, 2)
  checkFlag('exifOrientation', exifOrientation)
  checkMeanAndStd(mean, std)
  checkChoice('resizeMode', resizeMode, resizeModes)
  checkSeed('seed', seed)
  checkWhole('worldSize', worldSize, 1)
  checkWhole('rank', rank, 0, worldSize - 1)
  checkWhole('shuffle', shuffle, 0)
  if (samplesPerEpoch !== undefined) checkWhole('samplesPerEpoch', samplesPerEpoch, 1)
  const sampler = new SubcaptionSampler(options.texts)
  const augmentation = augmentationOf(options.augmentation ?? 'crop')
  const plan: EpochPlan = {
    shards: shards.filter(({ index }) => index.count > 0),
    seed,
    rank,
    worldSize,
    shuffle,
    samplesPerEpoch,
  }
  const size = plan.shards.length === 0 ? 0 : samplesOf(plan)
  if (size < batchSize) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `data: expected at least ${batchSize} samples a rank to fill a batch; got ${size}. Add some, or lower batchSize.`,
    )
  }
  const { maxSkipped = Math.ceil(size / 10) } = options
  checkWhole('maxSkipped', maxSkipped, 0)
  const skipped = new Map<SkipReason, number>()
  const values = 3 * imageSize * imageSize
  // Collecting garbage of this size takes a sixth of the loader's time.
  const released: Float32Array[] = []
  const emptyBatch = () => ({
    pixels: released.pop() ?? new Float32Array(batchSize * values), // [batch, 3, size, size]
    captions: [] as TokenLists[],
  })

  async function prepare(reading: Reading, { epoch, sample }: DataPosition, pixels: Float32Array): Promise<Prepared> {
    if ('problem' in reading) return reading
    const { record } = reading
    const texts = sampler.sample(record, randomOf(seed, epoch, rank, sample, 1))
    if (!texts)
      return { problem: { reason: 'caption', sample: record.key, message: 'no sub-caption is left after splitting' } }
    const numbers = { size: imageSize, contextLength, seed: mixSeeds(seed, epoch, rank, sample, 2) }
    try {
      const task = {
        image: record.image,
        texts,
        mean,
        std,
        resizeMode,
        exifOrientation,
        augmentation,
        ...numbers,
        into: pixels,
      }
      return { tokens: await prepareInPool(task), pixels }
    } catch (error) {
      if (!isImageProblem(error)) throw error
      return { problem: { reason: 'image', sample: record.key, message: error.message } }
    }
  }

  function count(problem: Problem, inAll: number): void {
    skipped.set(problem.reason, (skipped.get(problem.reason) ?? 0) + 1)
    if (inAll <= maxSkipped) return
    const reasons = [...skipped].map(([reason, times]) => `${times} × ${reason}`).join(', ')
    throw new DreamLIPError(
      'DATA_BROKEN',
      `data: more than ${maxSkipped} samples of an epoch of ${size} were left out (${reasons}); the last one, ${problem.sample}: ` +
        `${problem.message}. Repair the data, or raise maxSkipped.`,
    )
  }

  async function* batches(from: DataPosition, signal?: AbortSignal): AsyncGenerator<LoaderBatch> {
    const { epoch } = checkObject('from', from)
    checkWhole('from.epoch', epoch, 0)
    checkWhole('from.sample', from.sample, 0)
    checkSignal('signal', signal)
    let started = from.sample
    let passed = from.sample
    let broken = 0
    let batch = emptyBatch()
    let leftOut: SkippedSample[] = []
    const stop = new AbortController()
    const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
    const readings = readEpoch(plan, epoch, from.sample, either)
    try {
      const ahead = batchSize + samplesAhead
      // One more than are in the making: a place is used again when its sample has been copied.
      const places = Array.from({ length: ahead + 1 }, () => sharedPixels(values))
      const work = (reading: Reading) => {
        const sample = started++
        return prepare(reading, { epoch, sample }, places[sample % places.length]!)
      }
      for await (const prepared of mapAhead(readings, ahead, work)) {
        signal?.throwIfAborted()
        passed++
        if ('problem' in prepared) {
          leftOut.push({
            sample: prepared.problem.sample,
            reason: `${prepared.problem.reason}: ${prepared.problem.message}`,
          })
          count(prepared.problem, ++broken)
        } else {
          batch.pixels.set(prepared.pixels, batch.captions.length * values)
          batch.captions.push(prepared.tokens)
        }
        if (batch.captions.length < batchSize) continue
        const { pixels, captions } = batch
        const images = { pixels, shape: [batchSize, 3, imageSize, imageSize] as const }
        const release = () => void (released.includes(pixels) || released.push(pixels))
        yield { images, captions, next: { epoch, sample: passed }, skipped: leftOut, release }
        batch = emptyBatch()
        leftOut = []
      }
    } finally {
      stop.abort()
    }
  }

  const preprocessing = { mean, std, ...(augmentation === undefined && { resizeMode }) }
  return { batchSize, size, preprocessing, fingerprint: fingerprintOf(plan, size), skipped, batches }
}

/** Not the files' names, so that data may move between the parts of a run. */
function fingerprintOf({ shards, seed, worldSize, shuffle }: EpochPlan, size: number): string {
  const counts = shards.map(({ index, weight, contents = '' }) => `${index.count}:${weight ?? 1}${contents}`).join(' ')
  const hash = crc32(new TextEncoder().encode(counts)).toString(16)
  return `${size} samples of ${shards.length} files (${hash}), seed ${seed}, world size ${worldSize}, shuffle ${shuffle}`
}

function augmentationOf(given: NonNullable<LoaderOptions['augmentation']>): Augmentation | undefined {
  if (typeof given === 'object' && given !== null) return given
  if (given === 'none') return undefined
  if (Object.hasOwn(augmentations, given)) return augmentations[given]
  throw wrongArgument('augmentation', "'none', 'crop', 'strong' or an object", given)
}
