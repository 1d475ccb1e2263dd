/** IDX, the format of MNIST: a header with the shape, then bytes. */
import { DreamLIPError } from '../../../../errors'
import type { RawImage } from '../../../../images/raw-image'

/** Type code of unsigned bytes, the only one that MNIST and its successors use. */
const unsignedByte = 0x08

/** @throws DreamLIPError `DATA_INVALID` unless it is a complete IDX file of bytes with this number of axes */
function readIdx(name: string, bytes: Uint8Array, axes: number): { shape: readonly number[]; data: Uint8Array } {
  const start = 4 + 4 * axes
  const isHeader =
    bytes.length >= start && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === unsignedByte && bytes[3] === axes
  if (!isHeader) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${name}: expected an IDX file of bytes with ${axes} axes; its header says otherwise.`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const count = shape.reduce((product, size) => product * size, 1)
  if (count !== bytes.length - start) {
    throw new DreamLIPError(
      'DATA_INVALID',
      `${name}: expected ${shape.join(' × ')} bytes after the header; got ${bytes.length - start}. The file is cut off or damaged.`,
    )
  }
  return { shape, data: bytes.subarray(start) }
}

/** Gray images. @throws DreamLIPError `DATA_INVALID` */
export function readIdxImages(name: string, bytes: Uint8Array): RawImage[] {
  const { shape, data } = readIdx(name, bytes, 3)
  const [count, height, width] = shape as [number, number, number]
  const size = height * width
  if (size === 0)
    throw new DreamLIPError('DATA_INVALID', `${name}: expected images with pixels; their size is ${height} × ${width}.`)
  return Array.from({ length: count }, (_, i) => ({
    data: data.subarray(i * size, (i + 1) * size),
    width,
    height,
    channels: 1,
  }))
}

/** One label per image. @throws DreamLIPError `DATA_INVALID` */
export function readIdxLabels(name: string, bytes: Uint8Array): Uint8Array {
  return readIdx(name, bytes, 1).data
}
