/** Reads the files of open_clip and Hugging Face that describe how images are prepared. */
import { defaultMean, defaultStd } from '../../images/preprocess/normalize'
import type { Interpolation } from '../../images/resample/kernel'
import { show } from '../../models/config/check-config'
import {
  checked,
  isObject,
  parseOpenCLIPPreprocessing,
  sideOf,
  type Fields,
  type StatedPreprocessing,
} from './preprocessing'

/**
 * Reads the preprocessing from `open_clip_config.json` (its `preprocess_cfg`), Hugging Face's
 * `preprocessor_config.json` or `processor_config.json`. Returns `undefined` for other objects.
 * @param name of the file or option, for messages
 * @throws DreamLIPError `INVALID_CONFIG` that names every unsupported step
 */
export function parsePreprocessing(value: unknown, name: string): StatedPreprocessing | undefined {
  if (!isObject(value)) return undefined
  if (isObject(value.preprocess_cfg)) return parseOpenCLIPPreprocessing(value.preprocess_cfg, name)
  if (isObject(value.image_processor)) return fromHuggingFace(value.image_processor, name)
  return isPreprocessorConfig(value) ? fromHuggingFace(value, name) : undefined
}

/** Whether an object is Hugging Face's `preprocessor_config.json`, which does not describe the model. */
export function isPreprocessorConfig(value: object): boolean {
  return ['image_processor', 'image_processor_type', 'feature_extractor_type', 'image_mean'].some((field) =>
    Object.hasOwn(value, field),
  )
}

/** Pillow's codes for resampling filters. */
const resampleNumbers: Readonly<Partial<Record<number, Interpolation>>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
}

/** Hugging Face's `preprocessor_config.json`, with the defaults of its CLIPImageProcessor. */
function fromHuggingFace(fields: Fields, name: string): StatedPreprocessing {
  const type = fields.image_processor_type ?? fields.feature_extractor_type ?? 'CLIPImageProcessor'
  const isCLIPs = typeof type === 'string' && type.startsWith('CLIP')
  const { image_mean: mean = defaultMean, image_std: std = defaultStd, size = { shortest_edge: 224 } } = fields
  const { do_resize: resize = true, do_center_crop: crop = isCLIPs, do_normalize: normalize = true } = fields
  const { do_rescale: rescale = true, rescale_factor: factor = 1 / 255 } = fields
  const resample = fields.resample ?? (isCLIPs ? 3 : undefined)
  const interpolation = resampleNumbers[resample as number]
  const edge = isObject(size) ? sideOf(size.shortest_edge) : sideOf(size)
  const square =
    isObject(size) && size.height !== undefined && size.height === size.width ? sideOf(size.height) : undefined
  const cropped = crop ? sideOf(fields.crop_size ?? 224) : undefined
  const target = square ?? edge
  return checked(
    name,
    {
      mean: normalize ? mean : [0, 0, 0],
      std: normalize ? std : [1, 1, 1],
      resizeMode: square === undefined ? 'shortest' : 'squash',
      interpolation: interpolation ?? 'bicubic',
      size: target,
    },
    [
      [
        interpolation !== undefined,
        `resample: ${show(resample)} is not supported, only ${Object.entries(resampleNumbers)
          .map(([n, name]) => `${n} (${name})`)
          .join(', ')}`,
      ],
      [resize === true, 'do_resize: false is not supported'],
      [rescale === true && Math.abs(Number(factor) * 255 - 1) < 1e-6, 'do_rescale: only division by 255 is supported'],
      [target !== undefined, `size: ${show(size)} is not supported, only a shortest_edge or a square`],
      [square !== undefined || crop === true, 'do_center_crop: false is not supported if the short side is scaled'],
      [
        cropped === undefined || cropped === target,
        `crop_size: ${show(fields.crop_size)} is not supported, only that of size (${show(target)})`,
      ],
    ],
  )
}
