/** Turns any number of images into batches of pixels while holding only two batches in memory. */
import { DreamLIPError } from '../errors'
import { preprocessImage } from '../images/preprocess'
import type { ImageInput } from '../images/raw-image'

/** Preprocessed images: what `preprocessImage` gives, stacked. */
export interface PixelBatch {
  readonly pixels: Float32Array
  /** `[images, 3, height, width]` */
  readonly shape: readonly [number, number, number, number]
}

/** What the image tower takes: one image, several, or pixels that are already prepared. */
export type ImageBatchInput = ImageInput | readonly ImageInput[] | PixelBatch

/** Images decoded at the same time: as many as keep the decoder's threads busy. */
const decodersAtOnce = 4

/** How many images there are. */
export function countImages(images: ImageBatchInput): number {
  if (isPixelBatch(images)) return images.shape[0]
  return isList(images) ? images.length : 1
}

/**
 * Batches of prepared pixels in order. The next batch is decoded while the caller works on this one.
 * @throws DreamLIPError for pixels of another size than the model's, and whatever decoding throws
 */
export async function* imageBatches(
  images: ImageBatchInput,
  { size, batchSize, signal }: { size: number; batchSize: number; signal?: AbortSignal },
): AsyncGenerator<PixelBatch> {
  const total = countImages(images)
  const load = isPixelBatch(images)
    ? sliceOf(images, size)
    : decodeFrom(isList(images) ? images : [images], size, signal)
  let next = total > 0 ? load(0, Math.min(batchSize, total)) : undefined
  for (let start = 0; next; start += batchSize) {
    signal?.throwIfAborted()
    const batch = await next
    const from = start + batchSize
    next = from < total ? load(from, Math.min(from + batchSize, total)) : undefined
    // A caller may stop before it takes this batch: its failure is then nobody's.
    next?.catch(() => undefined)
    yield batch
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

function decodeFrom(images: readonly ImageInput[], size: number, signal?: AbortSignal): LoadBatch {
  const values = 3 * size * size
  return async (from, to) => {
    const pixels = new Float32Array((to - from) * values) // [images, 3, size, size]
    let next = from
    const work = async () => {
      while (next < to) {
        signal?.throwIfAborted()
        const index = next++
        const { data } = await preprocessImage(images[index]!, { size, signal })
        pixels.set(data, (index - from) * values)
      }
    }
    await Promise.all(Array.from({ length: decodersAtOnce }, work))
    return { pixels, shape: [to - from, 3, size, size] }
  }
}

function isPixelBatch(images: ImageBatchInput): images is PixelBatch {
  return typeof images === 'object' && images !== null && 'pixels' in images
}

function isList(images: ImageBatchInput): images is readonly ImageInput[] {
  return Array.isArray(images)
}
