/** An image's patches in the embedding space: scaled, cut into windows of the model's size, embedded. */
import { decodeImage } from '#images/decode'
import { checkWhole } from '../../check-arguments'
import { convertToRGB } from '../../images/resample/alpha'
import type { ImageInput } from '../../images/raw-image'
import { resize } from '../../images/resample/resize'
import type { DenseAttention } from '../../models/layers/vision-transformer'
import type { DenseFeatures } from './dense'
import { embedWindows, type BatchOptions, type Encoder } from '../encoder'
import { planWindows } from './sliding-windows'

/** A short side beyond this asks for windows without end. */
const longestShortSide = 16_384

/**
 * @param shortSide pixels that the image's short side is scaled to
 * @throws DreamLIPError `INVALID_ARGUMENT` for a short side below the model's image size or above 16,384, and as decoding does
 */
export async function denseFeatures(
  encoder: Encoder,
  image: ImageInput,
  { attention, shortSide }: { readonly attention: DenseAttention; readonly shortSide: number },
  options: BatchOptions,
): Promise<DenseFeatures> {
  const size = encoder.config.vision.imageSize
  checkWhole('shortSide', shortSide, size, longestShortSide)
  const decoded = await decodeImage(image, { headers: options.headers, signal: options.signal })
  const plan = planWindows([decoded.height, decoded.width], shortSide, size)
  const scaled = convertToRGB(resize(decoded, plan.scaled[1], plan.scaled[0]))
  return embedWindows(encoder, scaled, plan, attention, options)
}
