/** An image's patches in the embedding space: scaled, cut into windows of the model's size, embedded. */
import { decodeImage } from '#images/decode'
import { DreamLIPError } from '../errors'
import { convertToRGB } from '../images/alpha'
import type { ImageInput } from '../images/raw-image'
import { resize } from '../images/resize'
import type { DenseAttention } from '../models/vision-transformer'
import type { DenseFeatures } from './dense'
import { embedWindows, type BatchOptions, type Encoder } from './encoder'
import { planWindows } from './sliding-windows'

/**
 * @param shortSide pixels that the image's short side is scaled to
 * @throws DreamLIPError `INVALID_ARGUMENT` for a short side below the model's image size, and as decoding does
 */
export async function denseFeatures(
  encoder: Encoder,
  image: ImageInput,
  { attention, shortSide }: { readonly attention: DenseAttention; readonly shortSide: number },
  options: BatchOptions,
): Promise<DenseFeatures> {
  const size = encoder.config.vision.imageSize
  if (!Number.isInteger(shortSide) || shortSide < size) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `shortSide: expected a whole number of at least the model's image size ${size}; got ${shortSide}.`,
    )
  }
  const decoded = await decodeImage(image, { signal: options.signal })
  const plan = planWindows([decoded.height, decoded.width], shortSide, size)
  const scaled = convertToRGB(resize(decoded, plan.scaled[1], plan.scaled[0]))
  return embedWindows(encoder, scaled, plan, attention, options)
}
