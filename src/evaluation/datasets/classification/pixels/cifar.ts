/** CIFAR's binary files: one record per image, its labels and then its pixels, channel by channel. */
import { DreamLIPError } from '../../../../errors'
import type { RawImage } from '../../../../images/raw-image'
import { interleave } from './planes'

export interface LabelledPixels {
  readonly image: RawImage
  /** As in the file, which may count from 0 or from 1. */
  readonly label: number
}

const side = 32

/** The bytes of an image, without its labels. */
export const cifarImageBytes = 3 * side * side

/** The image whose planes start at `offset`. */
export function cifarImage(bytes: Uint8Array, offset: number): RawImage {
  return interleave(bytes.subarray(offset, offset + cifarImageBytes), side, side)
}

/**
 * @param labels labels per record: 1 in CIFAR-10; 2 in CIFAR-100, the coarse and the fine one
 * @throws DreamLIPError `DATA_INVALID` if the file is not a whole number of records
 */
export function readCifar(name: string, bytes: Uint8Array, labels: 1 | 2): LabelledPixels[] {
  const size = labels + cifarImageBytes
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${name}: expected records of ${size} bytes; got ${bytes.length} bytes. The file is cut off.`,
    )
  }
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const start = i * size
    return { image: cifarImage(bytes, start + labels), label: bytes[start + labels - 1]! }
  })
}
