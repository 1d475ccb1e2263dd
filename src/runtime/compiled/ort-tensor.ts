/** Arrays as ONNX Runtime's tensors: every tensor that a session is given is made here. */
import type { Tensor as OrtTensor } from 'onnxruntime-common'
import type { StoredArray } from './parameters'
import type { OnnxRuntime } from './runtime'

/** A tensor in the array's own memory. */
export function ortTensor({ Tensor }: Pick<OnnxRuntime, 'Tensor'>, { type, data, shape }: StoredArray): OrtTensor {
  const tensor = new Tensor(type as 'float32', data as Float32Array, [...shape])
  // Where JavaScript has a Float16Array, ONNX Runtime's Tensor wraps float16 bits in one, which its binding for Node reads as empty.
  if (type === 'float16') Object.defineProperty(tensor, 'data', { value: data })
  return tensor
}
