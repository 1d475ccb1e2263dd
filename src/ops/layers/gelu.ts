/** The activation functions of CLIP's MLPs. */
import { add, erf, exp, mul, sigmoid, square, sub, type Tensor } from '@tensorflow/tfjs-core'
import { differentiable, fused } from '../fused'

/** GELU with the error function, like PyTorch's `nn.GELU()`: `x · Φ(x)` with `Φ(x) = (1 + erf(x / √2)) / 2`. */
export function gelu<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => fused('DreamLIPGelu', { x }, {}, () => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))),
    (dy, x) => [fused('DreamLIPGeluGradient', { dy, x }, {}, () => geluGradient(dy, x))],
  )(x)
}

/** `dy · (Φ(x) + x φ(x))` */
function geluGradient(dy: Tensor, x: Tensor): Tensor {
  // With t = x / √2 the second factor is (1 + erf(t) + 2/√π · t · exp(-t²)) / 2; 2/√π is moved into the exponent, which saves a pass over the data.
  const t = mul(x, Math.SQRT1_2)
  const density = mul(t, exp(sub(Math.log(2 / Math.sqrt(Math.PI)), square(t))))
  return mul(mul(dy, 0.5), add(add(erf(t), density), 1))
}

/** OpenAI's approximation: `x · sigmoid(1.702 x)`. */
export function quickGelu<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => fused('DreamLIPQuickGelu', { x }, {}, () => mul(x, sigmoid(mul(x, 1.702)))),
    (dy, x) => {
      const gate = sigmoid(mul(x, 1.702))
      return [mul(dy, mul(gate, add(mul(mul(x, 1.702), sub(1, gate)), 1)))]
    },
  )(x)
}

/** GELU's tanh approximation, like PyTorch's `nn.GELU(approximate='tanh')`. */
export function tanhGelu<T extends Tensor>(x: T): T {
  return differentiable<T, [T]>(
    (x) => fused('DreamLIPTanhGelu', { x }, {}, () => mul(x, tanhGate(x))),
    (dy, x) => {
      const gate = tanhGate(x)
      // The derivative of the sigmoid's argument.
      const slope = mul(add(mul(square(x), 3 * cubicShare), 1), gateScale)
      return [mul(dy, mul(gate, add(mul(mul(x, slope), sub(1, gate)), 1)))]
    },
  )(x)
}

/** Twice √(2/π), and the share of the cubic term (arXiv 1606.08415). */
const gateScale = 2 * Math.sqrt(2 / Math.PI)
const cubicShare = 0.044715

/** `(1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2`, which is a sigmoid of twice the argument. */
function tanhGate(x: Tensor): Tensor {
  return sigmoid(mul(mul(x, gateScale), add(mul(square(x), cubicShare), 1)))
}
