/** PyTorch's `F.softplus`. */
import { exp, mul, neg, softplus as tfSoftplus, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable } from './fused'

/** `log(1 + exp(x))`. Value and gradient keep their digits for large negative x, where both are near `exp(x)`. */
export function softplus<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => tfSoftplus(x),
    // The logistic function; some runtimes' own approximation of it is off by 1e-8, also where it is smaller than that.
    (dy, x) => [mul(dy, exp(neg(tfSoftplus(neg(x)))))],
  )(x)
}
