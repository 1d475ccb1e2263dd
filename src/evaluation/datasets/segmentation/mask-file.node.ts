/** Reads the mask of an image: a PNG with the index of a class for each pixel. */
import { readFileBytes } from '../../../bytes/read/file.node.ts'
import { readPngSamples } from '../../../images/formats/png-samples.node.ts'
import type { Mask } from '../data-set'

/** A PNG of Cityscapes has 100 kB. */
const largestMask = 1 << 28

/** The value of pixels that do not count, in all published masks of 8 bits. */
export const ignored = 255

/**
 * @param zeroIgnored whether 0 means that a pixel does not count and classes start at 1, as mmsegmentation's `reduce_zero_label` reads masks
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_INVALID`, `IMAGE_TOO_LARGE`
 */
export async function readMask(path: string, zeroIgnored: boolean): Promise<Mask> {
  const { data, width, height } = await readPngSamples(path, await readFileBytes(path, largestMask))
  const shape = [height, width] as const
  if (!zeroIgnored) return { data, shape }
  return { data: data.map((value) => (value === 0 || value === ignored ? ignored : value - 1)), shape }
}
