/** How a model's images are prepared, and open_clip's description of it. */
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

export type Fields = Readonly<Record<string, unknown>>

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

/** Reads open_clip's `preprocess_cfg`, with its defaults. @throws DreamLIPError `INVALID_CONFIG` that names every unsupported step */
export function parseOpenCLIPPreprocessing(cfg: Fields, name: string): StatedPreprocessing {
  const { mean = defaultMean, std = defaultStd, resize_mode: resizeMode = 'shortest' } = cfg
  const { interpolation: stated = 'bicubic', mode = 'RGB', fill_color: fill = 0 } = cfg
  const interpolation = stated === 'random' ? 'bicubic' : stated // random only in training
  return checked(name, { mean, std, resizeMode, interpolation, size: sideOf(cfg.size) }, [
    [mode === 'RGB', `mode: ${show(mode)} is not supported, only "RGB"`],
    [fill === 0 || resizeMode !== 'longest', `fill_color: ${show(fill)} is not supported, only 0`],
  ])
}

export type Check = readonly [holds: boolean, problem: string]

/** @throws DreamLIPError `INVALID_CONFIG` listing the problems of failed checks and invalid values */
export function checked(name: string, stated: Fields, checks: readonly Check[]): StatedPreprocessing {
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
export function sideOf(size: unknown): number | undefined {
  if (typeof size === 'number') return size
  if (Array.isArray(size) && size.length === 2 && size[0] === size[1]) return size[0] as number
  return isObject(size) && size.height === size.width && typeof size.height === 'number' ? size.height : undefined
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
