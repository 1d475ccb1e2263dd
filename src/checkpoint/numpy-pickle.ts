/** NumPy scalars and arrays inside pickles: trainers leave them in their metadata. They become plain numbers. */
import { invalidPickle, PickleObject } from './pickle-values'

/** An array, flat; its contents come with the BUILD that follows. */
export class NumpyArray extends Array<number | boolean> {}

type Read = (view: DataView, at: number, littleEndian: boolean) => number | boolean

const readers: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
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

function decode(file: string, type: unknown, bytes: unknown): (number | boolean)[] {
  const name = type instanceof PickleObject ? type.className.replace(/^[<>|=]/, '') : ''
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (!reader || !(bytes instanceof Uint8Array) || bytes.length % reader[0] !== 0) {
    return invalidPickle(file, `a NumPy value of type ${name || String(type)} cannot be read`)
  }
  const [size, read] = reader
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const order = type instanceof PickleObject && Array.isArray(type.state) ? (type.state as unknown[])[1] : '<'
  return Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size, order !== '>'))
}

/** The number of a NumPy scalar. */
export function numpyScalar(file: string, type: unknown, bytes: unknown): number | boolean {
  const [value, ...rest] = decode(file, type, bytes)
  return value === undefined || rest.length > 0 ? invalidPickle(file, 'a NumPy scalar holds several values') : value
}

/** Fills an array from its state `(version, shape, dtype, fortran order, bytes)`. */
export function fillNumpyArray(file: string, array: NumpyArray, state: unknown): NumpyArray {
  const [, , type, , bytes] = Array.isArray(state) ? (state as unknown[]) : []
  for (const value of decode(file, type, bytes)) array.push(value)
  return array
}
