/** Converts NumPy scalars and arrays in pickles, such as those in the metadata of trainers, to plain numbers. */
import { widenFloat16 } from '../../half-precision'
import { invalidPickle, PickleObject } from './pickle/values'

/** A flat array. The BUILD that follows fills it. */
export class NumpyArray extends Array<number | boolean> {}

/** Maximum memory of a value, per byte in the file. */
const bytesPerValue = 16
const largestScalar = 64

type Read = (view: DataView, at: number, littleEndian: boolean) => number | boolean

const readers: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f2: [2, (view, at, little) => widenFloat16(Uint16Array.of(view.getUint16(at, little)))[0]!],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  i1: [1, (view, at) => view.getInt8(at)],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  u1: [1, (view, at) => view.getUint8(at)],
  b1: [1, (view, at) => view.getUint8(at) !== 0],
}

/** Decodes values; undefined for types other than numbers and booleans, which no weight needs. */
function decode(file: string, type: unknown, bytes: unknown): (number | boolean)[] | undefined {
  const name = type instanceof PickleObject ? type.className.replace(/^[<>|=]/, '') : ''
  if (name === '') return invalidPickle(file, 'a NumPy value has no type')
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (!reader) return undefined
  if (!(bytes instanceof Uint8Array) || bytes.length % reader[0] !== 0) {
    return invalidPickle(file, `a NumPy value of type ${name} has the wrong number of bytes for its type`)
  }
  const [size, read] = reader
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const order = type instanceof PickleObject && Array.isArray(type.state) ? (type.state as unknown[])[1] : '<'
  return Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size, order !== '>'))
}

/** The number in a NumPy scalar; null if it is not a number. */
export function numpyScalar(file: string, type: unknown, bytes: unknown): number | boolean | null {
  if (bytes instanceof Uint8Array && bytes.length > largestScalar) return null
  const values = decode(file, type, bytes)
  if (!values) return null
  return values.length === 1 ? values[0]! : invalidPickle(file, 'a NumPy scalar has several values')
}

/** Fills an array from its state `(version, shape, dtype, fortran order, bytes)`. Arrays of other types stay empty. */
export function fillNumpyArray(
  file: string,
  array: NumpyArray,
  state: unknown,
  allocate: (bytes: number) => void,
): NumpyArray {
  const [, , type, , bytes] = Array.isArray(state) ? (state as unknown[]) : []
  if (bytes instanceof Uint8Array) allocate(bytes.length * bytesPerValue)
  for (const value of decode(file, type, bytes) ?? []) array.push(value)
  return array
}
