/** A tensor, or nothing. */
import { where, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { fused } from '../fused'

/** `x` where the scalar bool holds, else zeros of its shape, also in place of NaN. Without a gradient. */
export function zeroUnless<T extends Tensor>(condition: Tensor, x: T): T {
  return fused<T>('DreamLIPZeroUnless', { condition, x }, {}, () => where(condition, x, zerosLike(x)))
}
