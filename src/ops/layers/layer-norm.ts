/** PyTorch's `nn.LayerNorm` over the last axis. */
import {
  add,
  matMul,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { differentiableKeeping, fused } from '../fused'
import { sumRows } from '../sum-rows'

/** PyTorch's default, and CLIP's. */
export const defaultEpsilon = 1e-5

/** `(x - mean) / √(variance + epsilon) · weight + bias`, with the biased variance: `[…, width] → […, width]`. */
export function layerNorm<T extends Tensor>(x: T, weight: Tensor1D, bias: Tensor1D, epsilon = defaultEpsilon): T {
  return differentiableKeeping<T, [T, Tensor1D, Tensor1D]>(
    (x, weight, bias) =>
      fused('DreamLIPLayerNorm', { x, weight, bias }, { epsilon }, (): [T, Tensor, Tensor] => {
        const { normal, centre, scale } = normalize(x, epsilon)
        return [add(mul(normal, weight), bias), centre, scale]
      }),
    (dy, x, weight, _, centre, scale) => {
      const normal = mul<T>(sub(x, centre), scale) // […, width]
      const share = mul(dy, normal) // […, width]
      const rest = sub(mul(dy, weight), mul(normal, weightedMean(share, weight))) // […, width]
      return [mul<T>(scale, sub(rest, weightedMean(dy, weight))), sumRows(share), sumRows(dy)]
    },
  )(x, weight, bias)
}

/** `x` with mean 0 and variance 1 in its last axis, its mean, and the scaling factor: `[…, width]`, `[…, 1]`, `[…, 1]`. */
function normalize<T extends Tensor>(x: T, epsilon: number): { normal: T; centre: Tensor; scale: Tensor } {
  const centre = mean(x, -1, true)
  const centred = sub<T>(x, centre)
  const scale = rsqrt(add(mean(square(centred), -1, true), epsilon)) // […, 1]
  return { normal: mul(centred, scale), centre, scale }
}

/** The mean of `x · weight`: `[…, width] → […, 1]`. */
function weightedMean(x: Tensor, weight: Tensor1D): Tensor {
  const [width] = weight.shape
  const rows = reshape(x, [-1, width]) as Tensor2D // [rows, width]
  const sums = matMul(rows, mul(reshape(weight, [width, 1]), 1 / width)) // [rows, 1]
  return reshape(sums, [...x.shape.slice(0, -1), 1])
}
