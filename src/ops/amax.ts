/** PyTorch's `torch.amax` over the last axis. */
import { cast, div, equal, max, mul, sum, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable } from './fused'

/** The largest value of the last axis, which keeps size 1. Equal values share the gradient. (tfjs's `max` gives it to each in full.) */
export function amax<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => max(x, -1, true),
    (dy, x) => {
      const isLargest = cast(equal(x, max(x, -1, true)), 'float32')
      return [mul(dy, div(isLargest, sum(isLargest, -1, true)))]
    },
  )(x)
}
