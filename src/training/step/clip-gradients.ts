/** The length of a gradient: measured, and bounded. */
import { add, div, lessEqual, minimum, sqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core'
import { addAll } from '../../ops/add-all'

/** The largest finite float32: NaN and infinity are not below it. */
const largestFinite = 3.4028234663852886e38

/** The length of all gradients taken as one vector: a scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(addAll(gradients.map((gradient) => sum(square(gradient)))))
}

/** Whether a norm is a number: a scalar bool. */
export function isFiniteNorm(norm: Tensor): Tensor {
  return lessEqual(norm, largestFinite)
}

/** The factor of PyTorch's `clip_grad_norm_`, a scalar: gradients times it have a norm of at most `bound`. */
export function clippingFactor(norm: Tensor, bound: number): Tensor {
  return minimum(div(bound, add(norm, 1e-6)), 1)
}
