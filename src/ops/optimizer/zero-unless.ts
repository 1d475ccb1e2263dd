/** A tensor, or zeros in its place. */
import { where, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { fused } from '../fused'

/** `x` if the scalar bool `condition` is true, else zeros of the same shape, in place of NaN too. It has no gradient. */
export function zeroUnless<T extends Tensor>(condition: Tensor, x: T): T {
  return fused('DreamLIPZeroUnless', { condition, x }, {}, (): T => where(condition, x, zerosLike(x)))
}
