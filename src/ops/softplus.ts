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

/** `log(1 + exp(x))`. Value and gradient stay exact for large negative x, where both are near `exp(x)`. */
export function softplus<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => (['webgpu', 'webgl'].includes(getBackend()) ? composed(x) : tfSoftplus(x)),
    // The logistic function. The approximations of some runtimes are off by 1e-8, even if the value is smaller than that.
    (dy, x) => [mul(dy, exp(neg(tfSoftplus(neg(x)))))],
  )(x)
}

/** The shaders of tfjs's GPU backends compute the logarithm of a rounded sum. At x = -11 the relative error is 1e-3. */
function composed<T extends Tensor>(x: T): T {
  const power = exp(neg(abs(x)))
  const sum = add(power, 1)
  const added = sub(sum, 1) // the part of the power that remains after rounding
  const exact = where(greater(added, 0), mul(log(sum), div(power, added)), power)
  return add(relu(x), exact)
}
