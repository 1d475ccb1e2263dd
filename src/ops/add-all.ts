/** The sum of any number of tensors. */
import { addN, type Tensor } from '@tensorflow/tfjs-core'

/** tfjs's WebGPU backend passes all tensors of `addN` to one shader, which is limited to 8 buffers: 7 inputs and the result. */
const tensorsAtOnce = 7

/** The sum of tensors of one shape. */
export function addAll<T extends Tensor>(tensors: readonly T[]): T {
  if (tensors.length <= tensorsAtOnce) return addN([...tensors])
  const sums: T[] = []
  for (let at = 0; at < tensors.length; at += tensorsAtOnce) {
    sums.push(addN(tensors.slice(at, at + tensorsAtOnce)))
  }
  return addAll(sums)
}
