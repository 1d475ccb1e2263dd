/** Matrices of 7-bit integers, for files that run on any processor. */
import type { Int8Columns } from './int8'

/**
 * The matrix in integers from -64 to 64. Sums of two products of them with unsigned 8-bit integers fit in 16 bits, so no processor clips
 * them.
 */
export function toSevenBits({ storage, values, scales }: Int8Columns): Int8Columns {
  return { storage, values: values.map((value) => Math.round(value / 2)), scales: scales.map((scale) => 2 * scale) }
}
