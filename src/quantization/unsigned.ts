/** Matrices of unsigned 8-bit integers, for processors that clip sums of signed ones. */
import type { Int8Columns } from './int8'

/**
 * A matrix of 8-bit integers, transposed, with 128 added to each. Many processors clip sums of products of unsigned with signed 8-bit
 * integers. Products of two unsigned ones are exact everywhere, but slower on processors with instructions for the former.
 */
export interface Uint8Columns {
  readonly storage: 'uint8'
  /** `[columns, rows]`, with 128 for 0 */
  readonly values: Uint8Array
  /** The factor of each row, positive: `[rows]` */
  readonly scales: Float32Array
}

/** The integer for 0 in a matrix of unsigned integers. */
export const unsignedZero = 128

export function toUnsigned({ values, scales }: Int8Columns): Uint8Columns {
  const unsigned = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) unsigned[i] = values[i]! + unsignedZero
  return { storage: 'uint8', values: unsigned, scales }
}

export function toSigned({ values, scales }: Uint8Columns): Int8Columns {
  const signed = new Int8Array(values.length)
  for (let i = 0; i < values.length; i++) signed[i] = values[i]! - unsignedZero
  return { storage: 'int8', values: signed, scales }
}
