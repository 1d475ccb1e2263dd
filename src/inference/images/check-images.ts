/** Checks what a caller gives to the image tower, before any of it is decoded. */
import { checkObject, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { describeNonFinite, isFinite } from '../finite'
import type { ImageBatchInput, PixelBatch } from './image-batches'

const expectedImage =
  'an image: a path, URL, Blob, its bytes, { data, width, height, channels }, or an image of the page'

/**
 * @param size side of the images that the model takes
 * @throws DreamLIPError `INVALID_ARGUMENT` for what can't be an image, and for prepared pixels of another size or that are NaN
 */
export function checkImages(images: ImageBatchInput, size: number): ImageBatchInput {
  if (Array.isArray(images)) images.forEach((image, i) => checkImage(`images[${i}]`, image))
  else if (typeof images === 'object' && images !== null && 'pixels' in images) checkPixels(images, size)
  else checkImage('images', images)
  return images
}

/** What decoding can say more about passes: files that are damaged or missing, pixels of the wrong length. */
export function checkImage(name: string, image: unknown): void {
  if ((typeof image === 'string' && image !== '') || (typeof image === 'object' && image !== null)) return
  throw wrongArgument(name, expectedImage, image)
}

function checkPixels(batch: PixelBatch, size: number): void {
  const { pixels, shape } = checkObject('images', batch)
  const expected = `shape [n, 3, ${size}, ${size}] and as many values`
  const remedy = `Prepare images with preprocessImage(image, { size: ${size} }).`
  if (!(pixels instanceof Float32Array)) throw wrongArgument('pixels', `a Float32Array of ${expected}`, pixels, remedy)
  const isShape = Array.isArray(shape) && shape.length === 4 && Number.isInteger(shape[0]) && shape[0] >= 0
  const values = 3 * size * size
  const [count, channels, height, width] = isShape ? shape : [NaN, NaN, NaN, NaN]
  if (channels !== 3 || height !== size || width !== size || pixels.length !== count * values) {
    throw wrongArgument('pixels', expected, shape, `They hold ${pixels.length} values. ${remedy}`)
  }
  if (isFinite(pixels)) return
  const image = Math.floor(pixels.findIndex((value) => !Number.isFinite(value)) / values)
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `pixels: expected finite values; ${describeNonFinite(pixels)}, in image ${image}. ${remedy}`,
  )
}
