/** PyTorch's `nn.LayerNorm` over the last axis. */
import { add, mean, mul, rsqrt, square, sub, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core'

/** PyTorch's default, and CLIP's. */
const epsilon = 1e-5

/** `(x - mean) / √(variance + 1e-5) · weight + bias`, with the biased variance: `[…, width] → […, width]`. */
export function layerNorm<T extends Tensor>(x: T, weight: Tensor1D, bias: Tensor1D): T {
  const centred = sub<T>(x, mean(x, -1, true))
  const variance = mean(square(centred), -1, true) // […, 1]
  return add(mul(mul(centred, rsqrt(add(variance, epsilon))), weight), bias)
}
