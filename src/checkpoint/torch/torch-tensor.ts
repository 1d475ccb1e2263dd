/** Turns the strided views of PyTorch storages into contiguous tensors. */
import { DreamLIPError } from '../../errors'
import { damaged } from '../damaged'
import { bytesPerElement } from '../../element-types'
import { elementCount } from '../../shape'
import { viewTensorData } from '../dtype'
import type { PickleStorage, PickleTensor } from './pickle/values'
import { dtypeOf, supportedDtypes } from './element-types'
import type { CheckpointTensor, TensorData } from '../tensor'

/** Reads the bytes of storages. */
export interface StorageReader {
  /** Size of a storage in the file. @throws DreamLIPError if there is no such storage */
  byteLength(key: string): number
  /** The offset of the storage in the file, for reading tensors in order. */
  offset(key: string): number
  /** A range of a storage's bytes. */
  read(key: string, from: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
}

/** Bytes of one element of a storage. @throws DreamLIPError for types that are not supported */
export function elementBytes(file: string, { key, type }: PickleStorage): number {
  const dtype = dtypeOf(type)
  return dtype ? bytesPerElement(dtype) : unsupported(file, `storage '${key}'`, type)
}

/** A stride of 0 repeats values at no cost in the file. More repeated elements than this are an attack on memory. */
const largestExpansion = 1 << 24

/** Checks a tensor against its storage. Its values are read later. @throws DreamLIPError `TENSOR_INVALID` naming the tensor */
export function torchTensor(
  file: string,
  name: string,
  tensor: PickleTensor,
  storages: StorageReader,
): CheckpointTensor {
  const { storage, offset, shape, stride } = tensor
  const dtype = dtypeOf(tensor.type)
  if (!dtype) return unsupported(file, `tensor '${name}'`, tensor.type)
  const size = bytesPerElement(dtype)
  const stored = storages.byteLength(storage.key)
  const promised = storage.count * elementBytes(file, storage)
  if (stored < promised) {
    return fail(file, name, `is in storage '${storage.key}', which has ${stored} bytes instead of ${promised}`)
  }
  const count = elementCount(shape)
  if (!Number.isSafeInteger(count * size)) return fail(file, name, `has too many elements to count`)
  const span = count === 0 ? 0 : 1 + shape.reduce((sum, length, i) => sum + (length - 1) * stride[i]!, 0)
  if (!Number.isSafeInteger(offset + span) || (offset + span) * size > promised) {
    return fail(
      file,
      name,
      `ends at element ${offset + span} of storage '${storage.key}', beyond the end of that storage`,
    )
  }
  if (count > span && count > largestExpansion) {
    return fail(file, name, `repeats ${span} values ${count} times; expected a tensor that stores its values`)
  }
  return {
    name,
    shape: [...shape],
    dtype,
    offset: storages.offset(storage.key) + offset * size,
    async read(signal) {
      const bytes = await storages.read(storage.key, offset * size, span * size, signal)
      const values = viewTensorData(bytes, dtype)
      return isContiguous(shape, stride) ? values : gather(values, shape, stride)
    },
  }
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && stride[i] !== expected) return shape.includes(0)
    expected *= shape[i]!
  }
  return true
}

/** Copies a strided view into row-major order. */
function gather(values: TensorData, shape: readonly number[], stride: readonly number[]): TensorData {
  const result = new (values.constructor as new (length: number) => TensorData)(elementCount(shape))
  const inner = shape.length - 1
  let next = 0
  const visit = (axis: number, from: number): void => {
    if (axis < inner) {
      for (let i = 0; i < shape[axis]!; i++) visit(axis + 1, from + i * stride[axis]!)
    } else {
      for (let i = 0; i < shape[axis]!; i++) result[next++] = values[from + i * stride[axis]!]!
    }
  }
  visit(0, 0)
  return result
}

function unsupported(file: string, what: string, type: string): never {
  throw new DreamLIPError(
    'TENSOR_INVALID',
    `${file}: ${what} has the type ${type.slice(0, 100)}, which is not supported. Save it with its weights as ` +
      `${supportedDtypes.join(', ')}.`,
  )
}

function fail(file: string, name: string, problem: string): never {
  throw damaged('TENSOR_INVALID', file, `tensor '${name}' ${problem}`)
}
