/** Turns a reading of the data set into the pixels and tokens of a sample. */
import { prepareInPool } from '#data/loader/prepare-pool'
import { isImageProblem } from '../../../images/decode/image-problem'
import type { Problem, Reading } from '../../shard'
import type { LoaderSettings } from '../options'
import type { TokenLists } from './prepare-sample'
import { mixSeeds, randomOf } from '../order/random-order'

export type PreparedSample =
  { readonly tokens: TokenLists; readonly pixels: Float32Array } | { readonly problem: Problem }

/**
 * Draws the texts of a record, decodes and augments its image. The same seed, epoch, rank and sample give the same result.
 * @param sample the number of the reading in its epoch
 * @param pixels the memory for the pixels, `[3, size, size]`
 */
export async function prepareReading(
  reading: Reading,
  settings: LoaderSettings,
  { epoch, sample }: { readonly epoch: number; readonly sample: number },
  pixels: Float32Array,
): Promise<PreparedSample> {
  if ('problem' in reading) return reading
  const { record } = reading
  const { seed, rank, sampler, imageSize, contextLength } = settings
  const { mean, std, resizeMode, interpolation, exifOrientation, augmentation } = settings
  const texts = sampler.sample(record, randomOf(seed, epoch, rank, sample, 1))
  if (!texts) {
    return { problem: { reason: 'caption', sample: record.key, message: 'no sub-caption is left after splitting' } }
  }
  try {
    const tokens = await prepareInPool({
      image: record.image,
      texts,
      contextLength,
      size: imageSize,
      seed: mixSeeds(seed, epoch, rank, sample, 2),
      into: pixels,
      ...{ mean, std, resizeMode, interpolation, exifOrientation, augmentation },
    })
    return { tokens, pixels }
  } catch (error) {
    if (!isImageProblem(error)) throw error
    return { problem: { reason: 'image', sample: record.key, message: error.message } }
  }
}
