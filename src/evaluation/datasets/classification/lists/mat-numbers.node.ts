/** Reads the arrays of numbers in a MATLAB file of version 5, the format of Flowers-102's lists. */
import { inflateSync } from 'node:zlib'
import { DreamLIPError } from '../../../../errors'

const headerBytes = 128

/** Types of elements by their number in the format. */
const [compressed, matrix] = [15, 14]

type Read = (view: DataView, at: number) => number

const numbers: Readonly<Record<number, readonly [bytes: number, read: Read]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
}

/** Maximum bytes that an array unpacks to. Flowers-102 has 8,189 labels. */
const largestArray = 16 * 1024 * 1024

interface Element {
  readonly type: number
  readonly data: Uint8Array
  /** The start of the next one. */
  readonly end: number
}

/** Arrays of numbers by their names; other values are left out. @throws DreamLIPError `DATA_INVALID` */
export function readMatNumbers(name: string, bytes: Uint8Array): ReadonlyMap<string, readonly number[]> {
  const isLittleEndian = bytes.length >= headerBytes && bytes[126] === 0x49 && bytes[127] === 0x4d
  if (!isLittleEndian) throw invalid(name, 'it is of another version')
  const found = new Map<string, readonly number[]>()
  for (let at = headerBytes; at < bytes.length;) {
    const element = elementAt(name, bytes, at)
    at = element.end
    const { type, data } = element.type === compressed ? elementAt(name, unpack(name, element.data), 0) : element
    const array = type === matrix ? arrayOf(name, data) : undefined
    if (array) found.set(array.name, array.values)
  }
  return found
}

/** An array consists of its class, its shape, its name and its values. */
function arrayOf(file: string, bytes: Uint8Array): { name: string; values: readonly number[] } | undefined {
  const flags = elementAt(file, bytes, 0)
  const shape = elementAt(file, bytes, flags.end)
  const label = elementAt(file, bytes, shape.end)
  const name = new TextDecoder().decode(label.data)
  if (label.end >= bytes.length) return { name, values: [] }
  const { type, data } = elementAt(file, bytes, label.end)
  const element = numbers[type]
  if (!element) return undefined
  const [size, read] = element
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  return { name, values: Array.from({ length: Math.floor(data.length / size) }, (_, i) => read(view, i * size)) }
}

/** An element: its type and length in 4 bytes each, or for up to 4 bytes of data in 2 bytes each. */
function elementAt(file: string, bytes: Uint8Array, at: number): Element {
  if (bytes.length < at + 8) throw invalid(file, 'it is cut off')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const small = view.getUint16(at + 2, true)
  const [type, length, start] = small
    ? [view.getUint16(at, true), small, at + 4]
    : [view.getUint32(at, true), view.getUint32(at + 4, true), at + 8]
  if (start + length > bytes.length || (small && length > 4)) throw invalid(file, 'it is cut off')
  // Data is padded to 8 bytes, except where it is packed.
  const padded = type === compressed ? length : Math.ceil(length / 8) * 8
  return { type, data: bytes.subarray(start, start + length), end: small ? at + 8 : start + padded }
}

function unpack(file: string, bytes: Uint8Array): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: largestArray })
  } catch (error) {
    throw invalid(file, (error as Error).message)
  }
}

function invalid(file: string, what: string): DreamLIPError {
  return new DreamLIPError('DATA_INVALID', `${file}: expected a MATLAB file of version 5; ${what}.`)
}
