/** PyTorch's `nn.LayerNorm` over the last axis. */
import {
  add,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { differentiable, fused } from './fused'

/** PyTorch's default, and CLIP's. */
const epsilon = 1e-5

/** `(x - mean) / √(variance + 1e-5) · weight + bias`, with the biased variance: `[…, width] → […, width]`. */
export function layerNorm<T extends Tensor>(x: T, weight: Tensor1D, bias: Tensor1D): T {
  return differentiable<T, [T, Tensor1D, Tensor1D]>(
    (x, weight, bias) =>
      fused('DreamLIPLayerNorm', { x, weight, bias }, { epsilon }, () => {
        const { normal } = normalize(x)
        return add(mul(normal, weight), bias)
      }),
    (dy, x, weight) => {
      const { normal, scale } = normalize(x)
      const scaled = mul<T>(dy, weight) // […, width]
      const shared = add(mean(scaled, -1, true), mul(normal, mean(mul(scaled, normal), -1, true))) // […, width]
      return [mul(scale, sub(scaled, shared)), sumRows(mul(dy, normal)), sumRows(dy)]
    },
  )(x, weight, bias)
}

/** `x` with mean 0 and variance 1 in its last axis, and the factor that gave the variance: `[…, width]`, `[…, 1]`. */
function normalize<T extends Tensor>(x: T): { normal: T; scale: Tensor } {
  const centred = sub<T>(x, mean(x, -1, true))
  const scale = rsqrt(add(mean(square(centred), -1, true), epsilon)) // […, 1]
  return { normal: mul(centred, scale), scale }
}

/** `[…, width] → [width]` */
function sumRows(x: Tensor): Tensor1D {
  return sum(reshape(x, [-1, x.shape.at(-1)!]) as Tensor2D, 0)
}
