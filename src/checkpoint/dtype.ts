/** Values of tensors as bytes, and back. */
import { checkObject, show, wrongArgument } from '../check-arguments'
import { bytesPerElement, elementArrays } from '../element-types'
import { DreamLIPError } from '../errors'
import { shorten } from '../printable'
import { narrowToBFloat16, narrowToFloat16, widenBFloat16, widenFloat16 } from '../half-precision'
import { elementCount, isShape } from '../shape'
import type { CheckpointDtype, HostTensor, TensorData } from './tensor'

/** Size of a tensor in a file, in bytes. */
export function tensorBytes({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: CheckpointDtype }) {
  return elementCount(shape) * bytesPerElement(dtype)
}

type ArrayConstructor = new (buffer: ArrayBuffer, byteOffset: number, length: number) => TensorData | Uint16Array

/**
 * Values of little-endian bytes, with half precision widened to float32. A view of the bytes if they are aligned and need no
 * widening, else a copy.
 */
export function viewTensorData(bytes: Uint8Array, dtype: CheckpointDtype): TensorData {
  const array: ArrayConstructor = elementArrays[dtype]
  const size = bytesPerElement(dtype)
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  const view = new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size)
  if (dtype === 'float16') return widenFloat16(view as Uint16Array)
  if (dtype === 'bfloat16') return widenBFloat16(view as Uint16Array)
  return view as TensorData
}

/** Little-endian bytes of values in the given type. Float32 values are rounded if the type is float16 or bfloat16. */
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
 * The bytes of a tensor in a file.
 * @param name of the tensor, for the message
 * @throws DreamLIPError `TENSOR_INVALID` when the values do not fit its type or shape
 */
export function hostTensorBytes(name: string, tensor: HostTensor): Uint8Array {
  const { shape, dtype } = checkHostTensor(name, tensor)
  const { data } = tensor
  const half = dtype === 'float16' || dtype === 'bfloat16'
  const array = half ? Float32Array : elementArrays[dtype]
  if (data instanceof array && data.length === elementCount(shape)) return tensorDataBytes(data, dtype)
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${shorten(name, 200)}: expected a ${array.name} of ${elementCount(shape)} values ` +
      `for shape ${show(shape)} of ${dtype}; got ${show(data)}.`,
  )
}

/** Does not read `data`, which may be copied from a device each time. @throws DreamLIPError `TENSOR_INVALID` */
export function checkHostTensor(name: string, tensor: HostTensor): HostTensor {
  const { shape, dtype } = checkObject(shorten(name, 200), tensor, 'a tensor { data, shape, dtype }')
  const isType = typeof dtype === 'string' && Object.hasOwn(elementArrays, dtype)
  if (isShape(shape) && isType) return tensor
  const [expected, came] = isType
    ? ['a shape of whole numbers', shape]
    : [`one of the types ${Object.keys(elementArrays).join(', ')}`, dtype]
  throw new DreamLIPError('TENSOR_INVALID', `${shorten(name, 200)}: expected ${expected}; got ${show(came)}.`)
}

/** The values as float32: the array itself if it is a Float32Array. @throws DreamLIPError `INVALID_ARGUMENT` */
export function toFloat32(data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data
  if (!ArrayBuffer.isView(data) || data instanceof DataView) throw wrongArgument('data', 'a typed array', data)
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : Float32Array.from(data)
}
