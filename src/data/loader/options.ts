/** The options of a loader, their defaults, and their checks. */
import { checkChoice, checkFlag, checkObject, checkSeed, checkWhole, wrongArgument } from '../../check-arguments'
import { augmentationKeys, checkAugmentation } from '../../images/augment/check-augmentation'
import { augmentations, type Augmentation } from '../../images/augment/augment'
import { checkMeanAndStd, defaultMean, defaultStd } from '../../images/preprocess/normalize'
import { interpolations, type Interpolation } from '../../images/resample/kernel'
import { resizeModes, type ResizeMode } from '../../images/preprocess/preprocess'
import { checkKeys, type KeysOf } from '../../known-keys'
import { samplerKeys, SubcaptionSampler, type SubcaptionSamplerOptions } from '../sampling/subcaption-sampler'

export interface LoaderOptions {
  /** Images per batch; default 8. */
  readonly batchSize?: number
  /** Side of the square image in pixels; default 224. */
  readonly imageSize?: number
  /** The texts of a record to use; default: the raw caption and six sub-captions. */
  readonly texts?: SubcaptionSamplerOptions
  /**
   * The augmentation of images: `crop` (default) keeps 90 to 100 % of the area, `strong` is the reference's stronger recipe, `none`
   * prepares images as for evaluation.
   */
  readonly augmentation?: 'none' | 'crop' | 'strong' | Augmentation
  /** Maximum tokens per text; default 77. */
  readonly contextLength?: number
  /** Seed of the order, the draws and the augmentation; default 0. */
  readonly seed?: number
  /** The number of this process among the `worldSize` processes that share the data; default 0 of 1. */
  readonly rank?: number
  readonly worldSize?: number
  /** Samples that are shuffled together; up to twice as many are in memory. Default 1000. 0 keeps the order of the files. */
  readonly shuffle?: number
  /** Draw parts of the data by their weights, with replacement, until each rank has this many samples in an epoch. */
  readonly samplesPerEpoch?: number
  /** Maximum number of skipped samples in an epoch; one more stops the run. Default: a tenth of the epoch. */
  readonly maxSkipped?: number
  /** Mean of red, green and blue, in [0, 1]; default: that of OpenAI's CLIP. */
  readonly mean?: readonly number[]
  /** Standard deviation of red, green and blue; default: that of OpenAI's CLIP. */
  readonly std?: readonly number[]
  /** How unaugmented images become square; default `shortest`. Augmentations cut out a region and scale it to the square. */
  readonly resizeMode?: ResizeMode
  /** How unaugmented images are resized; default `bicubic`. */
  readonly interpolation?: Interpolation
  /** Whether to rotate images as their EXIF data says; default true. */
  readonly exifOrientation?: boolean
}

const loaderKeys: KeysOf<LoaderOptions> = {
  ...{ batchSize: 0, imageSize: 0, contextLength: 0, seed: 0, rank: 0, worldSize: 0, shuffle: 0, samplesPerEpoch: 0 },
  ...{ maxSkipped: 0, mean: 0, std: 0, resizeMode: 0, interpolation: 0, exifOrientation: 0 },
  texts: samplerKeys,
  augmentation: augmentationKeys,
}

type WithDefault =
  | 'batchSize'
  | 'imageSize'
  | 'contextLength'
  | 'seed'
  | 'rank'
  | 'worldSize'
  | 'shuffle'
  | 'mean'
  | 'std'
  | 'resizeMode'
  | 'interpolation'
  | 'exifOrientation'

/** Checked options with their defaults. */
export interface LoaderSettings
  extends Required<Pick<LoaderOptions, WithDefault>>, Pick<LoaderOptions, 'samplesPerEpoch' | 'maxSkipped'> {
  /** Draws the texts of a record. */
  readonly sampler: SubcaptionSampler
  /** `undefined` prepares images as for evaluation. */
  readonly augmentation: Augmentation | undefined
}

/** Checks the options and fills in the defaults. @throws DreamLIPError `INVALID_ARGUMENT` naming the option */
export function settingsOf(options: LoaderOptions): LoaderSettings {
  const {
    batchSize = 8,
    imageSize = 224,
    contextLength = 77,
    exifOrientation = true,
    mean = defaultMean,
    std = defaultStd,
    resizeMode = 'shortest',
    interpolation = 'bicubic',
  } = checkKeys('', checkObject('options', options), loaderKeys)
  const { seed = 0, rank = 0, worldSize = 1, shuffle = 1000, samplesPerEpoch, maxSkipped } = options
  checkWhole('batchSize', batchSize, 1)
  checkWhole('imageSize', imageSize, 1, 16_384)
  checkWhole('contextLength', contextLength, 2)
  checkFlag('exifOrientation', exifOrientation)
  checkMeanAndStd(mean, std)
  checkChoice('resizeMode', resizeMode, resizeModes)
  checkChoice('interpolation', interpolation, interpolations)
  checkSeed('seed', seed)
  checkWhole('worldSize', worldSize, 1)
  checkWhole('rank', rank, 0, worldSize - 1)
  checkWhole('shuffle', shuffle, 0)
  if (samplesPerEpoch !== undefined) checkWhole('samplesPerEpoch', samplesPerEpoch, 1)
  if (maxSkipped !== undefined) checkWhole('maxSkipped', maxSkipped, 0)
  const sampler = new SubcaptionSampler(options.texts)
  const augmentation = augmentationOf(options.augmentation ?? 'crop')
  const pictures = { imageSize, mean, std, resizeMode, interpolation, exifOrientation, augmentation }
  const order = { seed, rank, worldSize, shuffle, samplesPerEpoch, maxSkipped }
  return { batchSize, contextLength, sampler, ...pictures, ...order }
}

function augmentationOf(given: NonNullable<LoaderOptions['augmentation']>): Augmentation | undefined {
  if (typeof given === 'object' && given !== null) return checkAugmentation('augmentation', given)
  if (given === 'none') return undefined
  if (Object.hasOwn(augmentations, given)) return augmentations[given]
  throw wrongArgument('augmentation', "'none', 'crop', 'strong' or an object", given)
}
