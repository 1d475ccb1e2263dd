/** Quantizes unit vectors: rows of an index to int8, queries to int16. */
import { DreamLIPError } from '../../../errors'

/** Rows as int8: `values ≈ bytes · scale`, with one scale per row. */
export interface QuantizedRows {
  /** `[rows, width]` */
  readonly bytes: Int8Array
  /** `[rows]` */
  readonly scales: Float32Array
  /** The same values in steps of `scale · 127 / 32767`: `[rows, width]`. Several times as precise as float16. */
  readonly fine: Int16Array
}

/** A query as int16: `values ≈ numbers · scale`. */
export interface QuantizedQuery {
  /** `[width]` */
  readonly numbers: Int16Array
  readonly scale: number
}

const largestByte = 127
const largestFine = 32_767

/** @param vectors `[rows, width]` */
export function quantizeRows(vectors: Float32Array, width: number): QuantizedRows {
  const bytes = new Int8Array(vectors.length)
  const scales = new Float32Array(vectors.length / width)
  const fine = new Int16Array(vectors.length)
  for (let row = 0; row < scales.length; row++) {
    const values = vectors.subarray(row * width, (row + 1) * width)
    const most = largest(values)
    const scale = Math.fround(most / largestByte)
    scales[row] = scale
    const finer = most / largestFine
    for (let i = 0; i < width; i++) {
      bytes[row * width + i] = Math.round(values[i]! / scale)
      fine[row * width + i] = Math.round(values[i]! / finer)
    }
  }
  return { bytes, scales, fine }
}

/** Uses as many bits as an int32 sum over the width allows: with the largest bytes, it stays below 2^31. */
export function quantizeQuery(values: Float32Array): QuantizedQuery {
  const most = Math.min(32_767, Math.floor((2 ** 31 - 1) / (largestByte * values.length)))
  const scale = largest(values) / most
  return { numbers: Int16Array.from(values, (value) => Math.round(value / scale)), scale }
}

function largest(values: Float32Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

/**
 * Copies vectors, scaled to unit length.
 * @param vectors `[rows, width]`
 * @param nameOf the name of a row, for messages
 * @throws DreamLIPError `INVALID_ARGUMENT` for a row of zeros, or one with a value that is not finite
 */
export function toUnitLength(vectors: Float32Array, width: number, nameOf: (row: number) => string): Float32Array {
  const unit = new Float32Array(vectors.length)
  for (let start = 0; start < vectors.length; start += width) {
    let squares = 0
    for (let i = start; i < start + width; i++) squares += vectors[i]! ** 2
    const length = Math.sqrt(squares)
    if (!(length > 0 && length < Infinity)) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `${nameOf(start / width)}: expected a vector of finite numbers that are not all 0, because an index compares directions; ` +
          `its length is ${length}. Leave it out.`,
      )
    }
    for (let i = start; i < start + width; i++) unit[i] = vectors[i]! / length
  }
  return unit
}
