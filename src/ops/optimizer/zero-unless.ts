/** Replaces a tensor by zeros. */
import { where, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { fused } from '../fused'

/** `x` if the scalar bool is true, otherwise zeros of its shape, even if `x` contains NaN. No gradient. */
export function zeroUnless<T extends Tensor>(condition: Tensor, x: T): T {
  return fused<T>('DreamLIPZeroUnless', { condition, x }, {}, () => where(condition, x, zerosLike(x)))
}
