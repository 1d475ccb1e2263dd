/** PyTorch's `F.normalize`. */
import { div, maximum, sqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core'

/** PyTorch's default: shorter vectors are divided by this length instead of their own. */
const shortest = 1e-12

/** Vectors of the last axis scaled to unit length, `x / max(‖x‖, 1e-12)`: `[…, width] → […, width]`. A zero vector stays zero. */
export function l2Normalize<T extends Tensor>(x: T): T {
  // The bound is put on the square, so that the gradient at a zero vector is finite.
  const squared = maximum(sum(square(x), -1, true), shortest ** 2) // […, 1]
  return div(x, sqrt(squared))
}
