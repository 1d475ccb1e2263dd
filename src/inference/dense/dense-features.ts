/** An image's patches in the embedding space: the image is scaled, cut into windows of the model's size, and embedded. */
import { decodeImage } from '#images/decode'
import { checkChoice, checkWhole } from '../../check-arguments'
import { normalizePixels } from '../../images/preprocess/normalize'
import type { PreprocessedImage } from '../../images/preprocess/preprocess'
import type { ImageInput, RawImage } from '../../images/raw-image'
import { convertToRGB } from '../../images/resample/alpha'
import { resize } from '../../images/resample/resize'
import { patchGrid } from '../../models/layers/patch-grid'
import { denseAttentions } from '../../models/layers/dense-attention'
import type { Encoder } from '../encoder'
import { embedPatches, imageBatchSize } from '../images/embed-images'
import { completePreprocessing, type Preprocessing } from '../images/preprocessing'
import { attentionOf } from '../attention'
import type { ModelState } from '../model-state'
import { batchOptions, type BatchOptions, type DenseOptions } from '../options'
import type { PatchProgramOptions } from '../programs/programs'
import { planWindows, type WindowPlan } from './sliding-windows'

/** Patch tokens of all windows of one image, projected into the embedding space. */
export interface DenseFeatures {
  readonly plan: WindowPlan
  /** Patches per window: `[rows, columns]`. */
  readonly grid: readonly [number, number]
  /** `[windows, rows · columns, dimensions]` */
  readonly patches: Float32Array
}

/** A larger short side would need too many windows. */
const longestShortSide = 16_384

/**
 * @param defaultShortSide the default length in pixels to which the image's short side is scaled
 * @param form of the patch tokens
 * @throws DreamLIPError `INVALID_ARGUMENT` for a short side below the model's image size or above 16,384; errors of decoding
 */
export async function denseFeaturesFor(
  state: ModelState,
  image: ImageInput,
  defaultShortSide: number,
  { attention = attentionOf(state), shortSide = defaultShortSide, ...rest }: DenseOptions,
  form: PatchProgramOptions['form'] = 'unit',
): Promise<DenseFeatures> {
  const { encoder } = state
  const { imageSize } = encoder.config.vision
  checkChoice('attention', attention, denseAttentions)
  const options = batchOptions(rest, imageBatchSize)
  encoder.checkAlive()
  checkWhole('shortSide', shortSide, imageSize, longestShortSide)
  const decoded = await decodeImage(image, { headers: options.headers, signal: options.signal })
  const plan = planWindows([decoded.height, decoded.width], shortSide, imageSize)
  const preprocessing = completePreprocessing(options.preprocessing ?? {}, encoder.preprocessing)
  const [height, width] = plan.scaled
  const scaled = convertToRGB(resize(decoded, width, height, undefined, preprocessing.interpolation))
  return embedWindows(encoder, scaled, plan, { form, attention }, { ...options, preprocessing })
}

/** Patch features of every window of an RGB image that was scaled by the plan. */
async function embedWindows(
  encoder: Encoder,
  scaled: RawImage,
  plan: WindowPlan,
  patchOptions: PatchProgramOptions,
  options: BatchOptions & { readonly preprocessing: Preprocessing },
): Promise<DenseFeatures> {
  const { size, corners } = plan
  const { mean, std } = options.preprocessing
  const windows = corners.map((corner): PreprocessedImage => ({
    data: normalizePixels(cutWindow(scaled, corner, size), mean, std), // [3, size, size]
    shape: [3, size, size],
  }))
  const nameOf = (window: number) => `image, window ${window + 1} of ${corners.length}`
  const { patches } = await embedPatches(encoder, windows, patchOptions, { ...options, nameOf })
  return { plan, grid: patchGrid(encoder.config.vision), patches: patches.data }
}

/** Cuts one window out of an RGB image. */
function cutWindow(image: RawImage, [top, left]: readonly [number, number], size: number): Uint8Array {
  const rowBytes = size * 3
  const window = new Uint8Array(size * rowBytes) // [size, size, 3]
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * image.width + left) * 3
    window.set(image.data.subarray(from, from + rowBytes), y * rowBytes)
  }
  return window
}
