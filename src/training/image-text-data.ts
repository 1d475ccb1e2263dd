/** Training data of a list of images with captions. */
import { splitCaption } from '../data/split-caption'
import { DreamLIPError } from '../errors'
import { preprocessImage } from '../images/preprocess'
import type { ImageInput } from '../images/raw-image'
import { createRandom, type Random } from '../random'
import type { SkippedSample, TrainingBatch, TrainingData } from './data'

/** An image and what is said about it. */
export interface ImageTextRecord {
  readonly image: ImageInput
  /** Captions; long ones are split into sentences. */
  readonly captions: readonly string[]
  /** How it is named where it is left out; default: the image's path, else its place in the list. */
  readonly name?: string
}

export interface ImageTextDataOptions {
  /** Images a step; default 8. */
  readonly batchSize?: number
  /** Captions of an image in a step: the first one, and draws from the rest; default 1. */
  readonly captions?: number
  /** Side of the square image in pixels: the model's `config.vision.imageSize`. */
  readonly imageSize: number
  /** Decides order and draws; default 0. */
  readonly seed?: number
}

/**
 * A list of images with captions, shuffled anew each epoch. The same seed gives the same batches. An image that cannot be
 * read, or has no caption with words, is left out and counted; batches stay full.
 * @throws DreamLIPError `INVALID_ARGUMENT` for options that are none, `DATA_EMPTY` when the list cannot fill a batch
 */
export function imageTextData(records: readonly ImageTextRecord[], options: ImageTextDataOptions): TrainingData {
  const { batchSize = 8, captions = 1, imageSize, seed = 0 } = options
  checkCount('batchSize', batchSize)
  checkCount('captions', captions)
  if (records.length < batchSize) {
    throw new DreamLIPError(
      'DATA_EMPTY',
      `data: expected at least ${batchSize} images with captions to fill a batch; got ${records.length}. ` +
        'Add some, or lower batchSize.',
    )
  }
  return {
    batchSize,
    size: records.length,
    fingerprint: fingerprintOf(records, seed),
    async *batches(from, signal) {
      const order = shuffled(records.length, createRandom(mixSeeds(seed, from.epoch)))
      let batch = emptyBatch()
      for (let at = from.sample; at < order.length; at++) {
        signal?.throwIfAborted()
        const index = order[at]!
        const record = records[index]!
        const random = createRandom(mixSeeds(seed, from.epoch, index))
        const sample = await loadSample(record, captions, imageSize, random, signal)
        if ('reason' in sample) batch.skipped.push({ sample: nameOf(record, index), reason: sample.reason })
        else batch.samples.push(sample)
        if (batch.samples.length < batchSize) continue
        yield stack(batch, imageSize, { epoch: from.epoch, sample: at + 1 })
        batch = emptyBatch()
      }
    },
  }
}

interface Sample {
  readonly pixels: Float32Array
  readonly captions: readonly string[]
}

interface Gathered {
  readonly samples: Sample[]
  readonly skipped: SkippedSample[]
}

function emptyBatch(): Gathered {
  return { samples: [], skipped: [] }
}

async function loadSample(
  { image, captions }: ImageTextRecord,
  count: number,
  size: number,
  random: Random,
  signal?: AbortSignal,
): Promise<Sample | { reason: string }> {
  const texts = captions.flatMap((caption) => splitCaption(caption, { rule: 'sentences' })).filter(hasWords)
  if (texts.length === 0) return { reason: 'no caption has words' }
  try {
    const { data } = await preprocessImage(image, { size, signal })
    return { pixels: data, captions: draw(texts, count, random) }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof DreamLIPError)) throw error
    return { reason: error.message }
  }
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text)
}

/** The first text, then draws from the rest: each once where there are enough. */
function draw(texts: readonly string[], count: number, random: Random): string[] {
  const [first, ...rest] = texts as [string, ...string[]]
  const pool = rest.length > 0 ? rest : [first]
  const enough = pool.length >= count - 1
  const order = shuffled(pool.length, random)
  const drawn = Array.from({ length: count - 1 }, (_, i) =>
    enough ? pool[order[i]!]! : pool[Math.floor(random.uniform() * pool.length)]!,
  )
  return [first, ...drawn]
}

function stack({ samples, skipped }: Gathered, size: number, next: TrainingBatch['next']): TrainingBatch {
  const values = 3 * size * size
  const pixels = new Float32Array(samples.length * values) // [batch, 3, size, size]
  samples.forEach((sample, i) => pixels.set(sample.pixels, i * values))
  return {
    images: { pixels, shape: [samples.length, 3, size, size] },
    captions: samples.map((sample) => sample.captions),
    next,
    skipped,
  }
}

/** Fisher and Yates's shuffle of 0 … length - 1. */
function shuffled(length: number, random: Random): number[] {
  const order = Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** One seed of several: FNV-1a over their decimal digits. */
function mixSeeds(...seeds: readonly number[]): number {
  return hash(seeds.join(' '))
}

function hash(text: string, start = 0x811c9dc5): number {
  let value = start
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

function fingerprintOf(records: readonly ImageTextRecord[], seed: number): string {
  const text = (record: ImageTextRecord, index: number) => `${nameOf(record, index)}\n${record.captions.join('\n')}\n`
  const value = records.reduce((so, record, index) => hash(text(record, index), so), hash(`${seed}`))
  return `${records.length} records, seed ${seed}, ${value.toString(16)}`
}

function nameOf({ name, image }: ImageTextRecord, index: number): string {
  if (name !== undefined) return name
  return typeof image === 'string' || image instanceof URL ? String(image) : `image ${index}`
}

function checkCount(option: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return
  throw new DreamLIPError('INVALID_ARGUMENT', `${option}: expected a whole number of at least 1; got ${value}.`)
}
