/** How a model's images are prepared, and the files of open_clip and Hugging Face that describe it. */
import { checkObject } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { defaultMean, defaultStd } from '../../images/preprocess/normalize'
import { resizeModes, type ResizeMode } from '../../images/preprocess/preprocess'
import { interpolations, type Interpolation } from '../../images/resample/kernel'
import { show } from '../../models/config/check-config'

/** How images become the pixels that a model was trained on. Their size is `config.vision.imageSize`. */
export interface Preprocessing {
  /** Mean of red, green and blue, in [0, 1]. */
  readonly mean: readonly number[]
  /** Standard deviation of red, green and blue. */
  readonly std: readonly number[]
  /** How images become square. */
  readonly resizeMode: ResizeMode
  /** How pixels are computed when images are resized. */
  readonly interpolation: Interpolation
}

/** The preprocessing that a file describes. Some files also give the image size. */
export interface StatedPreprocessing extends Preprocessing {
  readonly size?: number
}

/** The preprocessing of OpenAI's CLIP and of DreamLIP. */
export const clipPreprocessing: Preprocessing = {
  mean: defaultMean,
  std: defaultStd,
  resizeMode: 'shortest',
  interpolation: 'bicubic',
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the preprocessing from `open_clip_config.json` (its `preprocess_cfg`), Hugging Face's
 * `preprocessor_config.json` or `processor_config.json`. Returns `undefined` for other objects.
 * @param name of the file or option, for messages
 * @throws DreamLIPError `INVALID_CONFIG` that names every unsupported step
 */
export function parsePreprocessing(value: unknown, name: string): StatedPreprocessing | undefined {
  if (!isObject(value)) return undefined
  if (isObject(value.preprocess_cfg)) return fromOpenCLIP(value.preprocess_cfg, name)
  if (isObject(value.image_processor)) return fromHuggingFace(value.image_processor, name)
  return isPreprocessorConfig(value) ? fromHuggingFace(value, name) : undefined
}

/** Whether an object is Hugging Face's `preprocessor_config.json`, which says nothing about the model. */
export function isPreprocessorConfig(value: object): boolean {
  return ['image_processor', 'image_processor_type', 'feature_extractor_type', 'image_mean'].some((field) =>
    Object.hasOwn(value, field),
  )
}

/** The size of a model's images is in its config. */
export function withoutSize({ mean, std, resizeMode, interpolation }: StatedPreprocessing): Preprocessing {
  return { mean, std, resizeMode, interpolation }
}

/**
 * Checks the caller's preprocessing, and fills in the defaults.
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export function completePreprocessing(given: Partial<Preprocessing>, rest = clipPreprocessing): Preprocessing {
  const complete = { ...rest, ...checkObject('preprocessing', given) }
  const problems = problemsOf(complete)
  if (problems.length === 0) return complete
  throw new DreamLIPError('INVALID_ARGUMENT', `preprocessing: ${problems.join('; ')}.`)
}

/** open_clip's `preprocess_cfg`, with its defaults. */
function fromOpenCLIP(cfg: Fields, name: string): StatedPreprocessing {
  const { mean = defaultMean, std = defaultStd, resize_mode: resizeMode = 'shortest' } = cfg
  const { interpolation: stated = 'bicubic', mode = 'RGB', fill_color: fill = 0 } = cfg
  const interpolation = stated === 'random' ? 'bicubic' : stated // random only in training
  return checked(name, { mean, std, resizeMode, interpolation, size: sideOf(cfg.size) }, [
    [mode === 'RGB', `mode: ${show(mode)} is not supported, only "RGB"`],
    [fill === 0 || resizeMode !== 'longest', `fill_color: ${show(fill)} is not supported, only 0`],
  ])
}

/** Pillow's numbers. */
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

type Check = readonly [holds: boolean, problem: string]

function checked(name: string, stated: Fields, checks: readonly Check[]): StatedPreprocessing {
  const preprocessing = stated as unknown as StatedPreprocessing // the next line checks that it is
  const problems = [...checks.flatMap(([holds, problem]) => (holds ? [] : [problem])), ...problemsOf(preprocessing)]
  if (problems.length === 0) return preprocessing
  throw new DreamLIPError(
    'INVALID_CONFIG',
    `${name}: ${problems.join('; ')}. To prepare images in another way, pass { preprocessing: { mean, std, resizeMode, interpolation } }.`,
  )
}

function problemsOf({ mean, std, resizeMode, interpolation }: Preprocessing): string[] {
  const three = (values: unknown) => Array.isArray(values) && values.length === 3 && values.every(Number.isFinite)
  return [
    ...(three(mean) ? [] : [`mean: expected three numbers, got ${show(mean)}`]),
    ...(three(std) && std.every((value) => value > 0) ? [] : [`std: expected three numbers above 0, got ${show(std)}`]),
    ...(resizeModes.includes(resizeMode) ? [] : [unsupported('resize_mode', resizeMode, resizeModes)]),
    ...(interpolations.includes(interpolation) ? [] : [unsupported('interpolation', interpolation, interpolations)]),
  ]
}

function unsupported(field: string, value: unknown, names: readonly string[]): string {
  const supported = names.map((name) => `"${name}"`)
  return `${field}: ${show(value)} is not supported, only ${supported.slice(0, -1).join(', ')} and ${supported.at(-1)}`
}

/** A side in pixels: a number, or both sides of a square. */
function sideOf(size: unknown): number | undefined {
  if (typeof size === 'number') return size
  if (Array.isArray(size) && size.length === 2 && size[0] === size[1]) return size[0] as number
  return isObject(size) && size.height === size.width && typeof size.height === 'number' ? size.height : undefined
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
