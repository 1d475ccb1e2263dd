/** The images that a caller passes, in any accepted form, as one checked list. Nothing is decoded here. */
import { wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { PreprocessedImageLike } from '../../images/preprocess/preprocess'
import type { ImageInput } from '../../images/raw-image'
import type { ShapedArray } from '../../shaped-array'
import { describeNonFinite, isFinite } from '../embeddings/finite'
import { elementCount, isShape } from '../../shape'

/** Preprocessed images in one array: `[images, 3, height, width]`. */
export type PreprocessedBatch = ShapedArray<Float32Array, readonly [number, number, number, number]>

/** Preprocessed images in one array, with the values in `pixels`. */
export interface PixelBatch {
  readonly pixels: Float32Array
  /** `[images, 3, height, width]` */
  readonly shape: readonly [number, number, number, number]
}

/**
 * One image or several. Images may be preprocessed already: as `preprocessImage` returns them, also in a list with other images, or in
 * one array.
 */
export type ImageBatchInput =
  ImageInput | PreprocessedImageLike | readonly (ImageInput | PreprocessedImageLike)[] | PreprocessedBatch | PixelBatch

const expectedImage =
  'an image: a path, URL, Blob, its bytes or a stream of them, { data, width, height, channels }, an image element of the page, or the result of preprocessImage()'

/**
 * Checks images and lists them.
 * @param size side of the model's square input, in pixels
 * @throws DreamLIPError `INVALID_ARGUMENT` for a value that cannot be an image, and for preprocessed images of another size or with
 *   NaN or infinite values
 */
export function listImages(images: ImageBatchInput, size: number): readonly (ImageInput | PreprocessedImageLike)[] {
  if (Array.isArray(images)) {
    return Array.from(images as readonly (ImageInput | PreprocessedImageLike)[], (image, i) =>
      checkListed(`images[${i}]`, image, size, i),
    )
  }
  if (isPixelBatch(images)) return splitBatch('pixels', images.pixels, images.shape, size)
  const one = images as Exclude<typeof images, readonly unknown[]>
  if (isBatch(one)) return splitBatch('images', one.data, one.shape, size)
  return [checkListed('images', one, size)]
}

/**
 * Checks an image that will be decoded. Missing or damaged files and pixels of the wrong length are reported by decoding.
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export function checkImage(name: string, image: unknown, index?: number): void {
  if ((typeof image === 'string' && image !== '') || (typeof image === 'object' && image !== null)) return
  throw wrongArgument(name, expectedImage, image, '', { index })
}

/** Whether an image is preprocessed; decoded images have a width. */
export function isPreprocessed(image: unknown): image is PreprocessedImageLike {
  return typeof image === 'object' && image !== null && 'data' in image && 'shape' in image && !('width' in image)
}

function isBatch(images: unknown): images is PreprocessedBatch {
  if (!isPreprocessed(images)) return false
  const shape: readonly number[] = images.shape
  return Array.isArray(shape) && shape.length === 4
}

function isPixelBatch(images: unknown): images is PixelBatch {
  return typeof images === 'object' && images !== null && 'pixels' in images
}

function checkListed(
  name: string,
  image: ImageInput | PreprocessedImageLike,
  size: number,
  index?: number,
): ImageInput | PreprocessedImageLike {
  if (isPreprocessed(image)) checkPixels(name, image.data, image.shape, [3, size, size], index)
  else checkImage(name, image, index)
  return image
}

/** Each image of an array, without a copy. */
function splitBatch(
  name: string,
  pixels: Float32Array,
  shape: PixelBatch['shape'],
  size: number,
): readonly PreprocessedImageLike[] {
  checkPixels(name, pixels, shape, ['n', 3, size, size])
  const values = 3 * size * size
  return Array.from({ length: shape[0] }, (_, i) => ({
    data: pixels.subarray(i * values, (i + 1) * values), // [3, size, size]
    shape: [3, size, size],
  }))
}

/**
 * @param axes the expected shape; its first axis is `n` if any number of images is accepted
 * @param index of the image in the caller's list
 */
function checkPixels(
  name: string,
  pixels: unknown,
  shape: unknown,
  axes: readonly [number | 'n', ...number[]],
  index?: number,
): void {
  const size = axes.at(-1)!
  const expected = `shape [${axes.join(', ')}] and as many values`
  const remedy = `Prepare images with preprocessImage(image, { size: ${size} }).`
  if (!(pixels instanceof Float32Array))
    throw wrongArgument(name, `a Float32Array of ${expected}`, pixels, remedy, { index })
  if (!isOfShape(shape, axes) || elementCount(shape) !== pixels.length) {
    throw wrongArgument(name, expected, shape, `There are ${pixels.length} values. ${remedy}`, { index })
  }
  if (isFinite(pixels)) return
  const image = Math.floor(pixels.findIndex((value) => !Number.isFinite(value)) / (3 * Number(size) ** 2))
  const isBatch = axes[0] === 'n'
  const where = isBatch ? `, in image ${image}` : ''
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${name}: expected finite values; ${describeNonFinite(pixels)}${where}. ${remedy}`,
    { index: isBatch ? image : index },
  )
}

function isOfShape(shape: unknown, axes: readonly (number | 'n')[]): shape is readonly number[] {
  return isShape(shape, axes.length) && axes.every((length, i) => length === 'n' || shape[i] === length)
}
