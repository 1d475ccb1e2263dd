/** Element types: the array class for each type in memory, and its size. */

/** The array of each type. Half-precision values are stored as their bit patterns, booleans as 0 and 1. */
export const elementArrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const

export type ElementTypeName = keyof typeof elementArrays

export function bytesPerElement(type: ElementTypeName): number {
  return elementArrays[type].BYTES_PER_ELEMENT
}
