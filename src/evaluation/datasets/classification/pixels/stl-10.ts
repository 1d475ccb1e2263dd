/** STL-10's binary files: 96 × 96 images, channel by channel, each channel column by column; labels in a second file, from 1. */
import { DreamLIPError } from '../../../../errors'
import type { LabelledPixels } from './cifar'
import { interleave } from './planes'

const side = 96
const imageBytes = 3 * side * side

/** @throws DreamLIPError `DATA_INVALID` if the images are cut off, or if there is not one label for each */
export function readSTL10(name: string, images: Uint8Array, labels: Uint8Array): LabelledPixels[] {
  if (images.length === 0 || images.length % imageBytes !== 0) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${name}: expected images of ${imageBytes} bytes; got ${images.length} bytes. The file is cut off.`,
    )
  }
  const count = images.length / imageBytes
  if (labels.length !== count) {
    throw new DreamLIPError('DATA_INVALID', `${name}: expected ${count} labels, one per image; got ${labels.length}.`)
  }
  return Array.from(labels, (label, i) => ({
    image: interleave(images.subarray(i * imageBytes, (i + 1) * imageBytes), side, side, true),
    label,
  }))
}
