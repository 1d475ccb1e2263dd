/** The activation functions of CLIP's MLPs. */
import { add, erf, mul, sigmoid, type Tensor } from '@tensorflow/tfjs-core'

/** GELU by the error function, as PyTorch's `nn.GELU()`: `x · (1 + erf(x / √2)) / 2`. */
export function gelu<T extends Tensor>(x: T): T {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))
}

/** OpenAI's approximation: `x · sigmoid(1.702 x)`. */
export function quickGelu<T extends Tensor>(x: T): T {
  return mul(x, sigmoid(mul(x, 1.702)))
}
