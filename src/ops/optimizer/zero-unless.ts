/** A tensor, or zeros instead of it. */
import { where, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { fused } from '../fused'

/** `x` if the scalar bool `condition` is true, else zeros of the same shape, even if `x` contains NaN. It has no gradient. */
export function zeroUnless<T extends Tensor>(condition: Tensor, x: T): T {
  return fused('DreamLIPZeroUnless', { condition, x }, {}, (): T => where(condition, x, zerosLike(x)))
}
