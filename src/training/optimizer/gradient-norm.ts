/** The norm of the whole gradient, and clipping by it. */
import { add, div, lessEqual, minimum, sqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core'
import { addAll } from '../../ops/add-all'

/** The largest finite float32. NaN and infinity are not less than or equal to it. */
const largestFinite = 3.4028234663852886e38

/** The norm of all gradients as one vector: a scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(addAll(gradients.map((gradient) => sum(square(gradient)))))
}

/** Whether a norm is neither NaN nor infinite: a scalar bool. */
export function isFiniteNorm(norm: Tensor): Tensor {
  return lessEqual(norm, largestFinite)
}

/** The factor of PyTorch's `clip_grad_norm_`, a scalar: gradients times this factor have a norm of at most `bound`. */
export function clippingFactor(norm: Tensor, bound: number): Tensor {
  return minimum(div(bound, add(norm, 1e-6)), 1)
}
