/** Turns any number of images into batches of pixels, and prepares a few batches ahead of the caller. */
import { preprocessInPool } from '#images/preprocess-pool'
import type { RequestHeaders } from '../../bytes/http/headers'
import { limit } from '../../concurrency/limit'
import { preprocessImage, type PreprocessedImageLike } from '../../images/preprocess/preprocess'
import type { ImageInput } from '../../images/raw-image'
import { isPreprocessed, type PreprocessedBatch } from './image-list'
import { clipPreprocessing, type Preprocessing } from './preprocessing'

/** Images that this thread decodes at the same time: enough to keep the decoder's own threads busy. */
const decodersAtOnce = 4

/** This thread prepares up to this many images, because starting other threads takes as long. */
const imagesOfThisThread = 8

/** Images that are prepared ahead, in whole batches: enough to keep every thread busy while one image is large. */
const imagesAhead = 8

/** How images are grouped into batches. */
export interface ImageBatchOptions {
  /** Side of the pixels. */
  readonly size: number
  readonly batchSize: number
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  readonly preprocessing?: Preprocessing
}

/**
 * Batches of preprocessed images in order. The next ones are prepared while the caller works on this one.
 * @param images images that are already preprocessed must have the requested size
 * @throws DreamLIPError as decoding does, at the batch with the image
 */
export async function* imageBatches(
  images: readonly (ImageInput | PreprocessedImageLike)[],
  { size, batchSize, headers, signal, preprocessing = clipPreprocessing }: ImageBatchOptions,
): AsyncGenerator<PreprocessedBatch> {
  const load = batchLoader(images, { ...preprocessing, size, headers, signal })
  const ahead = Math.ceil(imagesAhead / batchSize)
  const loading: Promise<PreprocessedBatch>[] = []
  let next = 0
  for (let start = 0; start < images.length; start += batchSize) {
    signal?.throwIfAborted()
    for (; next < images.length && next <= start + ahead * batchSize; next += batchSize) {
      const batch = load(next, Math.min(next + batchSize, images.length))
      // If the caller stops before this batch, its failure does not matter.
      batch.catch(() => undefined)
      loading.push(batch)
    }
    yield await loading.shift()!
  }
}

type PrepareOptions = Preprocessing & Pick<ImageBatchOptions, 'size' | 'headers' | 'signal'>

/** A function that prepares the images from one index to another. */
function batchLoader(
  images: readonly (ImageInput | PreprocessedImageLike)[],
  options: PrepareOptions,
): (from: number, to: number) => Promise<PreprocessedBatch> {
  const { size } = options
  const values = 3 * size * size
  const prepareHere = limit(decodersAtOnce, preprocessImage)
  const isWorthThreads =
    images.reduce((count, image) => count + (isPreprocessed(image) ? 0 : 1), 0) > imagesOfThisThread
  return async (from, to) => {
    const data = new Float32Array((to - from) * values) // [images, 3, size, size]
    // This thread prepares the first batch while the others start.
    const prepare = from > 0 && isWorthThreads ? preprocessInPool : prepareHere
    const work = async (image: ImageInput | PreprocessedImageLike, i: number) => {
      const prepared = isPreprocessed(image) ? image : await prepare(image, options)
      data.set(prepared.data, i * values)
    }
    await Promise.all(images.slice(from, to).map(work))
    return { data, shape: [to - from, 3, size, size] }
  }
}
