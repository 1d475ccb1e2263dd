/** Turns any number of images into batches of pixels, and prepares a few batches ahead of the caller. */
import { preprocessInPool } from '#images/preprocess-pool'
import type { RequestHeaders } from '../../bytes/http/headers'
import { limit } from '../../concurrency/limit'
import { createRoom, type Room } from '../../concurrency/room'
import type { DecodeMode } from '../../images/decode/decode-mode'
import { preprocessImage, type PreprocessedImageLike } from '../../images/preprocess/preprocess'
import type { ImageInput } from '../../images/raw-image'
import { imageErrorAt, imageErrorOf, type ImageError, type OnImageError } from './image-errors'
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
  /** Whether images that cannot be read are left out of the batches; default `throw`. */
  readonly onError?: OnImageError
  /** How large images are decoded; default `exact`. */
  readonly decode?: DecodeMode
  /** Whether the caller passed a list. Errors then contain the image's index. */
  readonly isList?: boolean
  /** The memory limit for pixels that calls share. A batch counts until the caller requests the next one. */
  readonly room?: Room
}

/** The pixels of the images that could be read. */
export interface ImageBatch extends PreprocessedBatch {
  /** Their indices among all images. */
  readonly indices: readonly number[]
  /** The images of the batch that could not be read. */
  readonly errors: readonly ImageError[]
}

type Images = readonly (ImageInput | PreprocessedImageLike)[]

/**
 * Batches of preprocessed images in order. The next ones are prepared while the caller works on this one.
 * @param images images that are already preprocessed must have the requested size
 * @throws DreamLIPError as decoding does, at the batch with the image
 */
export async function* imageBatches(images: Images, options: ImageBatchOptions): AsyncGenerator<ImageBatch> {
  const { batchSize, signal, room = createRoom(Infinity) } = options
  const load = batchLoader(images, options, room)
  const ahead = Math.ceil(imagesAhead / batchSize)
  const loading: Promise<Loaded>[] = []
  const leave = (batch: Promise<Loaded>) => batch.then(({ leaveRoom }) => leaveRoom()).catch(() => undefined)
  let next = 0
  try {
    for (let start = 0; start < images.length; start += batchSize) {
      signal?.throwIfAborted()
      for (; next < images.length && next <= start + ahead * batchSize; next += batchSize) {
        const batch = load(next, Math.min(next + batchSize, images.length))
        // If the caller stops before this batch, its failure does not matter.
        batch.catch(() => undefined)
        loading.push(batch)
      }
      yield (await loading[0]!).batch
      void leave(loading.shift()!)
    }
  } finally {
    loading.forEach((batch) => void leave(batch))
  }
}

/** A prepared batch, which counts towards the memory limit. */
interface Loaded {
  readonly batch: ImageBatch
  leaveRoom(): void
}

/** A function that prepares the images from one index to another. */
function batchLoader(
  images: Images,
  { size, headers, signal, preprocessing = clipPreprocessing, onError, decode, isList = false }: ImageBatchOptions,
  room: Room,
): (from: number, to: number) => Promise<Loaded> {
  const options = { ...preprocessing, size, decode, headers, signal }
  const values = 3 * size * size
  const prepareHere = limit(decodersAtOnce, preprocessImage)
  const isWorthThreads =
    images.reduce((count, image) => count + (isPreprocessed(image) ? 0 : 1), 0) > imagesOfThisThread
  return async (from, to) => {
    const others = room.taken
    const leaveRoom = await room.enter(to - from, signal)
    // This thread prepares the first images while other threads start. Later it computes: threads prepare the images of other calls too.
    const prepare = (from > 0 && isWorthThreads) || others >= imagesOfThisThread ? preprocessInPool : prepareHere
    const data = new Float32Array((to - from) * values) // [images, 3, size, size]
    const errors: ImageError[] = []
    const work = async (image: ImageInput | PreprocessedImageLike, i: number) => {
      try {
        const prepared = isPreprocessed(image) ? image : await prepare(image, options)
        data.set(prepared.data, i * values)
      } catch (cause) {
        const error = isList ? imageErrorAt(cause, from + i) : cause
        if (onError !== 'skip') throw error
        errors.push(imageErrorOf(error, from + i))
      }
    }
    try {
      await Promise.all(images.slice(from, to).map(work))
    } catch (error) {
      leaveRoom()
      throw error
    }
    errors.sort((a, b) => a.index - b.index)
    const failed = new Set(errors.map(({ index }) => index))
    const indices = Array.from({ length: to - from }, (_, i) => from + i).filter((index) => !failed.has(index))
    // Closes the gaps between the images that could be read.
    if (errors.length > 0) {
      indices.forEach((index, i) => data.copyWithin(i * values, (index - from) * values, (index - from + 1) * values))
    }
    const pixels = { data: data.subarray(0, indices.length * values), shape: [indices.length, 3, size, size] as const }
    return { batch: { ...pixels, indices, errors }, leaveRoom }
  }
}
