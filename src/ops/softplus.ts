/** PyTorch's `F.softplus`. */
import {
  abs,
  add,
  div,
  exp,
  getBackend,
  greater,
  log,
  mul,
  neg,
  relu,
  softplus as tfSoftplus,
  sub,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { differentiable } from './fused'

/** `log(1 + exp(x))`. Value and gradient keep their digits for large negative x, where both are near `exp(x)`. */
export function softplus<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => (['webgpu', 'webgl'].includes(getBackend()) ? composed(x) : tfSoftplus(x)),
    // The logistic function; some runtimes' own approximation of it is off by 1e-8, also where it is smaller than that.
    (dy, x) => [mul(dy, exp(neg(tfSoftplus(neg(x)))))],
  )(x)
}

/** The shaders of tfjs's GPU backends take the logarithm of a rounded sum, which is off by 1e-3 of the result at x = -11. */
function composed<T extends Tensor>(x: T): T {
  const power = exp(neg(abs(x)))
  const sum = add(power, 1)
  const added = sub(sum, 1) // what rounding has left of the power
  const exact = where(greater(added, 0), mul(log(sum), div(power, added)), power)
  return add(relu(x), exact)
}
