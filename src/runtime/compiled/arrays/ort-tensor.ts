/** Converts arrays to ONNX Runtime's tensors, and its tensors to arrays. All data between it and this package pass through here. */
import type { Tensor as OrtTensor } from 'onnxruntime-common'
import type { HostArray } from '../../runtime'
import type { StoredArray } from './parameters'
import type { OnnxRuntime } from '../providers/provider'

type Values = StoredArray['data']
type ArrayOf = new (buffer: ArrayBufferLike, offset: number, length: number) => Values

/** ONNX Runtime's type names for arrays. */
const typeNames = { Float32Array: 'float32', Int32Array: 'int32', Uint16Array: 'uint16', Int8Array: 'int8', Uint8Array: 'uint8' } // prettier-ignore

/** A tensor that uses the memory of the array. */
export function ortTensor({ Tensor }: Pick<OnnxRuntime, 'Tensor'>, { type, data, shape }: StoredArray): OrtTensor {
  const values = inRealmOf(Tensor, data)
  const tensor = new Tensor(type as 'float32', values as Float32Array, [...shape])
  // If JavaScript has a Float16Array, ONNX Runtime wraps float16 bits in one, and its binding for Node reads that as empty.
  if (type === 'float16') Object.defineProperty(tensor, 'data', { value: values })
  return tensor
}

/** The values of a result, without a copy. */
export function valuesOf({ type, data }: OrtTensor): HostArray['data'] {
  const own = type === 'float32' ? Float32Array : type === 'int32' ? Int32Array : Uint8Array
  return seenAs(own, data as Values) as HostArray['data']
}

/** `vm` contexts of Jest and Vitest have a different Float32Array than ONNX Runtime, which checks with `instanceof`. */
function inRealmOf(Tensor: OnnxRuntime['Tensor'], data: Values): Values {
  const name = typeNames[data.constructor.name as keyof typeof typeNames]
  return seenAs(new Tensor(name as 'float32', [0], [1]).data.constructor as ArrayOf, data)
}

function seenAs(array: ArrayOf, data: Values): Values {
  return data instanceof array ? data : new array(data.buffer, data.byteOffset, data.length)
}
