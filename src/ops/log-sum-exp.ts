/** Logarithms of sums of exponentials. */
import { add, div, exp, expandDims, log, max, mul, squeeze, sub, sum, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable } from './fused'

/** `log Σ exp(x)` over one axis, which is removed. No exponential overflows. */
export function logSumExp<T extends Tensor>(x: Tensor, axis: number): T {
  const at = axis < 0 ? axis + x.rank : axis
  return differentiable<T, [Tensor]>(
    (x) => {
      const { largest, powers } = shifted(x, at)
      return squeeze<T>(add(log(sum(powers, at, true)), largest), [at])
    },
    (dy, x) => {
      const { powers } = shifted(x, at)
      return [mul(expandDims(dy, at), div(powers, sum(powers, at, true)))]
    },
  )(x)
}

/** The largest values along the axis, and the exponentials of the differences from them. */
function shifted(x: Tensor, axis: number) {
  const largest = max(x, axis, true)
  return { largest, powers: exp(sub(x, largest)) }
}
