/** Turns any number of images into batches of pixels, a few of them ahead of the caller. */
import { preprocessInPool } from '#images/preprocess-pool'
import type { RequestHeaders } from '../../bytes/http/headers'
import { DreamLIPError } from '../../errors'
import { limit } from '../../concurrency/limit'
import { preprocessImage } from '../../images/preprocess/preprocess'
import type { ImageInput } from '../../images/raw-image'
import { clipPreprocessing, type Preprocessing } from './preprocessing'

/** Preprocessed images: what `preprocessImage` gives, stacked. */
export interface PixelBatch {
  readonly pixels: Float32Array
  /** `[images, 3, height, width]` */
  readonly shape: readonly [number, number, number, number]
}

/** What the image tower takes: one image, several, or pixels that are already prepared. */
export type ImageBatchInput = ImageInput | readonly ImageInput[] | PixelBatch

/** Images decoded at the same time by this thread: as many as keep the decoder's own threads busy. */
const decodersAtOnce = 4

/** Up to this many images are prepared by this thread: starting others takes as long. */
const imagesOfThisThread = 8

/** Images that are prepared ahead, in whole batches: enough for every thread to have one while another is large. */
const imagesAhead = 8

/** How images become batches. */
export interface ImageBatchOptions {
  /** Side of the pixels. */
  readonly size: number
  readonly batchSize: number
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  readonly preprocessing?: Preprocessing
}

/** How many images there are. */
export function countImages(images: ImageBatchInput): number {
  if (isPixelBatch(images)) return images.shape[0]
  return isList(images) ? images.length : 1
}

/**
 * Batches of prepared pixels in order. The next ones are prepared while the caller works on this one.
 * @throws DreamLIPError for pixels of another size than the model's, and whatever decoding throws
 */
export async function* imageBatches(
  images: ImageBatchInput,
  { size, batchSize, headers, signal, preprocessing = clipPreprocessing }: ImageBatchOptions,
): AsyncGenerator<PixelBatch> {
  const total = countImages(images)
  const load = isPixelBatch(images)
    ? sliceOf(images, size)
    : decodeFrom(isList(images) ? images : [images], { size, headers, signal, ...preprocessing })
  const ahead = Math.ceil(imagesAhead / batchSize)
  const loading: Promise<PixelBatch>[] = []
  let next = 0
  for (let start = 0; start < total; start += batchSize) {
    signal?.throwIfAborted()
    for (; next < total && next <= start + ahead * batchSize; next += batchSize) {
      const batch = load(next, Math.min(next + batchSize, total))
      // A caller may stop before it takes this batch: its failure is then nobody's.
      batch.catch(() => undefined)
      loading.push(batch)
    }
    yield await loading.shift()!
  }
}

type LoadBatch = (from: number, to: number) => Promise<PixelBatch>

function sliceOf(batch: PixelBatch, size: number): LoadBatch {
  const [count, channels, height, width] = batch.shape
  const values = channels * height * width
  if (channels !== 3 || height !== size || width !== size || batch.pixels.length !== count * values) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `pixels: expected shape [n, 3, ${size}, ${size}] and as many values; ` +
        `got shape [${batch.shape.join(', ')}] and ${batch.pixels.length} values. ` +
        `Prepare images with preprocessImage(image, { size: ${size} }).`,
    )
  }
  return async (from, to) => ({
    pixels: batch.pixels.subarray(from * values, to * values),
    shape: [to - from, channels, height, width],
  })
}

type PrepareOptions = Preprocessing & Pick<ImageBatchOptions, 'size' | 'headers' | 'signal'>

function decodeFrom(images: readonly ImageInput[], options: PrepareOptions): LoadBatch {
  const { size } = options
  const values = 3 * size * size
  const prepareHere = limit(decodersAtOnce, preprocessImage)
  return async (from, to) => {
    const pixels = new Float32Array((to - from) * values) // [images, 3, size, size]
    // The first batch is prepared here, while the threads start.
    const prepare = from > 0 && images.length > imagesOfThisThread ? preprocessInPool : prepareHere
    const work = async (image: ImageInput, i: number) => {
      const { data } = await prepare(image, options)
      pixels.set(data, i * values)
    }
    await Promise.all(images.slice(from, to).map(work))
    return { pixels, shape: [to - from, 3, size, size] }
  }
}

function isPixelBatch(images: ImageBatchInput): images is PixelBatch {
  return typeof images === 'object' && images !== null && 'pixels' in images
}

function isList(images: ImageBatchInput): images is readonly ImageInput[] {
  return Array.isArray(images)
}
