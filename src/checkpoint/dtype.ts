/** Element types: their sizes, and the exact way between half precision and float32. */
import { DreamLIPError } from '../errors'
import type { CheckpointDtype, HostTensor, TensorData } from './tensor'

/** Bytes of one element in a file. */
export const bytesPerElement: Readonly<Record<CheckpointDtype, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** Bytes of a tensor in a file. */
export function tensorBytes({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: CheckpointDtype }) {
  return elementCount(shape) * bytesPerElement[dtype]
}

/** Elements of a tensor: 1 for a scalar, whose shape is empty; NaN where they cannot be counted, even if a later size is 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => (Number.isSafeInteger(product) ? product * size : NaN), 1)
}

/** Every float16 bit pattern as the float32 bit pattern of the same value. */
let float16Table: Uint32Array | undefined

function widenedFloat16Bits(bits: number): number {
  const sign = (bits & 0x8000) << 16
  const exponent = (bits >> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0
  if (mantissa === 0) return sign >>> 0
  // Subnormal: shift the leading one into the hidden bit.
  const shift = Math.clz32(mantissa) - 21
  return (sign | ((113 - shift) << 23) | ((mantissa << (13 + shift)) & 0x7fffff)) >>> 0
}

/** Float32 values of float16 bit patterns; exact. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  float16Table ??= Uint32Array.from({ length: 65_536 }, (_, pattern) => widenedFloat16Bits(pattern))
  const values = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = float16Table[bits[i]!]!
  return new Float32Array(values.buffer)
}

/** Float32 values of bfloat16 bit patterns, which are the upper halves of float32's; exact. */
export function widenBFloat16(bits: Uint16Array): Float32Array {
  const values = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = bits[i]! << 16
  return new Float32Array(values.buffer)
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

/** Nearest float16 bit patterns, ties to even; beyond 65,504 infinity. */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values)
  const result = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) result[i] = narrowedFloat16Bits(bits[i]!)
  return result
}

function narrowedFloat16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >> 13) & 0x3ff)
  // 0x477ff000 is 65,520: halfway between the largest float16 and the next.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) return sign | roundedShift(magnitude - 0x38000000, 13)
  const exponent = magnitude >>> 23
  // Below half of the smallest subnormal everything is zero.
  if (exponent < 102) return sign
  return sign | roundedShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent)
}

/** `value >> shift`, rounded to nearest, ties to even. */
function roundedShift(value: number, shift: number): number {
  const floor = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && floor & 1) ? floor + 1 : floor
}

/** Nearest bfloat16 bit patterns, ties to even. */
export function narrowToBFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values)
  const result = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const pattern = bits[i]!
    const isNaN = (pattern & 0x7fffffff) > 0x7f800000
    result[i] = isNaN ? (pattern >>> 16) | 0x40 : (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16
  }
  return result
}

type TypedArrayConstructor = {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): TensorData | Uint16Array
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
}

const arrays: Readonly<Record<CheckpointDtype, TypedArrayConstructor>> = {
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
}

/**
 * Values of little-endian bytes, half precision widened to float32. A view of the bytes where they are aligned and of full
 * precision, else a copy.
 */
export function viewTensorData(bytes: Uint8Array, dtype: CheckpointDtype): TensorData {
  const array = arrays[dtype]
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes)
  const view = new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / array.BYTES_PER_ELEMENT)
  if (dtype === 'float16') return widenFloat16(view as Uint16Array)
  if (dtype === 'bfloat16') return widenBFloat16(view as Uint16Array)
  return view as TensorData
}

/** Little-endian bytes of values in the given type; float32 values are rounded where the type is a half one. */
export function tensorDataBytes(data: TensorData, dtype: CheckpointDtype): Uint8Array {
  const halves = data instanceof Float32Array
  const stored =
    halves && dtype === 'float16'
      ? narrowToFloat16(data)
      : halves && dtype === 'bfloat16'
        ? narrowToBFloat16(data)
        : data
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
}

/**
 * The bytes of a tensor as a file holds them.
 * @param name of the tensor, for the message
 * @throws DreamLIPError `TENSOR_INVALID` when the values do not fit its type or shape
 */
export function hostTensorBytes(name: string, { data, shape, dtype }: HostTensor): Uint8Array {
  const half = dtype === 'float16' || dtype === 'bfloat16'
  const array = Object.hasOwn(arrays, dtype) ? (half ? Float32Array : arrays[dtype]) : undefined
  if (array && data instanceof array && data.length === elementCount(shape)) return tensorDataBytes(data, dtype)
  const type = Object.prototype.toString.call(data).slice(8, -1)
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${name}: expected ${array ? `a ${array.name} of ${elementCount(shape)} values` : `a type among ${Object.keys(arrays).join(', ')}`} ` +
      `for shape [${shape.join(', ')}] of ${dtype}; got a ${type} of ${data.length}.`,
  )
}

/** The values as float32: the array itself where it is that already. */
export function toFloat32(data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : Float32Array.from(data)
}
