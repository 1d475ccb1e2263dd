/** Element types: their sizes, and values as bytes. */
import { checkObject, show, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import { shorten } from '../printable'
import { narrowToBFloat16, narrowToFloat16, widenBFloat16, widenFloat16 } from '../half-precision'
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
export function hostTensorBytes(name: string, tensor: HostTensor): Uint8Array {
  const { shape, dtype } = checkHostTensor(name, tensor)
  const { data } = tensor
  const half = dtype === 'float16' || dtype === 'bfloat16'
  const array = half ? Float32Array : arrays[dtype]
  if (data instanceof array && data.length === elementCount(shape)) return tensorDataBytes(data, dtype)
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${shorten(name, 200)}: expected a ${array.name} of ${elementCount(shape)} values ` +
      `for shape ${show(shape)} of ${dtype}; got ${show(data)}.`,
  )
}

/** Without a look at `data`, which may be a copy from a device each time. @throws DreamLIPError `TENSOR_INVALID` */
export function checkHostTensor(name: string, tensor: HostTensor): HostTensor {
  const { shape, dtype } = checkObject(shorten(name, 200), tensor, 'a tensor { data, shape, dtype }')
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  const isType = typeof dtype === 'string' && Object.hasOwn(arrays, dtype)
  if (isShape && isType) return tensor
  const [expected, came] = isType
    ? ['a shape of whole numbers', shape]
    : [`a type among ${Object.keys(arrays).join(', ')}`, dtype]
  throw new DreamLIPError('TENSOR_INVALID', `${shorten(name, 200)}: expected ${expected}; got ${show(came)}.`)
}

/** The values as float32: the array itself where it is that already. @throws DreamLIPError `INVALID_ARGUMENT` */
export function toFloat32(data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data
  if (!ArrayBuffer.isView(data) || data instanceof DataView) throw wrongArgument('data', 'a typed array', data)
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : Float32Array.from(data)
}
