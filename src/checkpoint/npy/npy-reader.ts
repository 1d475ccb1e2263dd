/** Reads NumPy's `.npy` files of floating-point numbers. */
import type { ByteSource } from '../../bytes/byte-source'
import { fileKind } from '../../bytes/file-kind'
import { bytesPerElement } from '../../element-types'
import { DreamLIPError } from '../../errors'
import { shorten } from '../../printable'
import { elementCount } from '../../shape'
import type { ShapedArray } from '../../shaped-array'
import { damaged } from '../damaged'
import { toFloat32, viewTensorData } from '../dtype'

/** Maximum length of a file's start: marker, version, and the header length in its longer form. */
const longestStart = 12

/** NumPy's own limit for untrusted files. The header of a plain array has about 120 bytes. */
const largestHeader = 10_000

const floatTypes = { f2: 'float16', f4: 'float32', f8: 'float64' } as const

interface NpyHeader {
  readonly dtype: (typeof floatTypes)[keyof typeof floatTypes]
  readonly bigEndian: boolean
  readonly isFortran: boolean
  readonly shape: number[]
  /** The offset of the values. */
  readonly start: number
}

/** Whether a file starts like a `.npy` file. */
export function isNpy(head: Uint8Array): boolean {
  return fileKind(head, ['numpy']) !== undefined
}

/**
 * Reads an array of one or two axes, row-major and as float32; float64 values are rounded.
 * @throws DreamLIPError `NPY_INVALID` for a damaged file, and for other types and shapes
 */
export async function readNpy(source: ByteSource, signal?: AbortSignal): Promise<ShapedArray> {
  const { dtype, bigEndian, isFortran, shape, start } = await readHeader(source, signal)
  const size = bytesPerElement(dtype)
  const expected = elementCount(shape) * size
  const length = source.byteLength - start
  if (length !== expected) {
    throw invalid(source, `expected ${expected} bytes for shape [${shape.join(', ')}] of ${dtype}; got ${length}`)
  }
  const bytes = await source.read(start, length, signal)
  const values = toFloat32(viewTensorData(bigEndian ? swapped(bytes, size) : bytes, dtype))
  return { data: isFortran ? rowMajor(values, shape) : values, shape }
}

async function readHeader(source: ByteSource, signal?: AbortSignal): Promise<NpyHeader> {
  const head = await source.read(0, Math.min(longestStart, source.byteLength), signal)
  if (!isNpy(head) || head.length < longestStart) throw invalid(source, 'expected a NumPy array')
  const version = head[6]!
  if (version < 1 || version > 3) throw invalid(source, `expected version 1, 2 or 3 of the format; got ${version}`)
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const [begin, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  if (length > Math.min(largestHeader, source.byteLength - begin)) {
    throw invalid(source, `its header claims ${length} bytes, but the file has ${source.byteLength}`)
  }
  const text = new TextDecoder().decode(await source.read(begin, length, signal))
  return { ...parseHeader(source, text), start: begin + length }
}

const entryPattern = /(['"])(\w+)\1\s*:\s*((['"])[^'"]*\4|\([\d\s,L]*\)|\w+)\s*(?:,|$)/g

/** The header is a Python dict with three entries in any order. */
function parseHeader(source: ByteSource, text: string): Omit<NpyHeader, 'start'> {
  const shown = shorten(text.trim(), 200)
  const body = /^\{(.*)\}$/s.exec(text.trim())?.[1] ?? ''
  if (/descr['"]\s*:\s*\[/.test(body)) throw unsupported(source, `expected an array of numbers; got records: ${shown}`)
  const entries = [...body.matchAll(entryPattern)].map((match) => [match[2]!, match[3]!] as const)
  const { descr, fortran_order: order, shape, ...others } = Object.fromEntries(entries)
  const isWhole =
    entries.length === 3 && Object.keys(others).length === 0 && body.replace(entryPattern, '').trim() === ''
  if (isWhole && descr && shape && (order === 'True' || order === 'False')) {
    return { ...typeOf(source, descr.slice(1, -1)), isFortran: order === 'True', shape: shapeOf(source, shape) }
  }
  throw invalid(source, `expected a header with the type, order and shape of numbers; got ${shown}`)
}

function typeOf(source: ByteSource, descr: string): Pick<NpyHeader, 'dtype' | 'bigEndian'> {
  const [, order, type] = /^([<>=|]?)(f[248])$/.exec(descr) ?? []
  if (type) return { dtype: floatTypes[type as keyof typeof floatTypes], bigEndian: order === '>' }
  throw unsupported(source, `expected float16, float32 or float64 values; got type '${shorten(descr, 80)}'`)
}

/** A tuple of whole numbers: `(3,)` or `(3, 512)`. */
function shapeOf(source: ByteSource, axes: string): number[] {
  if (!/^\((?:\s*\d{1,15}L?\s*,)*(?:\s*\d{1,15}L?)?\s*\)$/.test(axes)) {
    throw invalid(source, `expected a shape such as (3, 512); got ${shorten(axes, 80)}`)
  }
  const shape = [...axes.matchAll(/\d+/g)].map(Number)
  if (shape.length < 1 || shape.length > 2) throw unsupported(source, `expected one or two axes; got ${axes}`)
  if (Number.isSafeInteger(elementCount(shape) * 8)) return shape
  throw invalid(source, `its shape ${axes} is too large`)
}

/** A copy of values of `size` bytes, with the bytes of each in reverse order. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i += size) {
    for (let b = 0; b < size; b++) result[i + b] = bytes[i + size - 1 - b]!
  }
  return result
}

/** Column by column to row by row. */
function rowMajor(values: Float32Array, shape: readonly number[]): Float32Array {
  const [rows, columns = 1] = shape
  const result = new Float32Array(values.length) // [rows, columns]
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < rows!; r++) result[r * columns + c] = values[c * rows! + r]!
  }
  return result
}

function invalid({ name }: ByteSource, problem: string): DreamLIPError {
  return damaged('NPY_INVALID', name, problem)
}

function unsupported({ name }: ByteSource, problem: string): DreamLIPError {
  return new DreamLIPError('NPY_INVALID', `${name}: ${problem}. Save it in NumPy with array.astype('float32').`)
}
