/** PyTorch's `F.normalize`. */
import { div, maximum, mul, sqrt, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable } from '../fused'

/** PyTorch's default: shorter vectors are divided by this number instead of their length. */
const shortest = 1e-12

/** Scales the vectors of the last axis to unit length, `x / max(‖x‖, 1e-12)`: `[…, width] → […, width]`. Zero vectors stay zero. */
export function l2Normalize<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => div(x, lengths(x)),
    (dy, x) => {
      const size = lengths(x) // […, 1]
      const unit = div(x, size)
      // The part of the gradient along the vector would only change its length.
      const along = sum(mul(dy, unit), -1, true) // […, 1]
      return [div(sub(dy, mul(unit, along)), size)]
    },
  )(x)
}

/** `[…, width] → […, 1]` */
function lengths(x: Tensor): Tensor {
  return maximum(sqrt(sum(square(x), -1, true)), shortest)
}
