/** One parameter's step of AdamW (Loshchilov and Hutter, arXiv 1711.05101), as PyTorch's `torch.optim.AdamW` computes it. */
import { add, cast, div, mul, sqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core'
import { fused } from '../fused'
import { zeroUnless } from './zero-unless'

/** A parameter, and the moving averages of its gradient and of the gradient's square; all have the same shape. */
export interface AdamWState {
  readonly value: Tensor
  readonly first: Tensor
  readonly second: Tensor
}

/** Scalars of type float32 that all elements of a parameter share. */
export interface AdamWScalars {
  /** Factor on the first moment: β₁ */
  readonly keepFirst: Tensor
  /** Factor on the gradient: the clipping factor times 1 - β₁ */
  readonly takeFirst: Tensor
  /** Factor on the second moment: β₂ */
  readonly keepSecond: Tensor
  /** Factor on the gradient's square: the clipping factor's square times 1 - β₂ */
  readonly takeSecond: Tensor
  /** Factor on the value: `1 - learningRate · weightDecay`; default 1 */
  readonly decay?: Tensor
  /** `learningRate · √(1 - β₂ᵗ) / (1 - β₁ᵗ)`: with the bias corrections here, the moments need no extra pass */
  readonly stepSize: Tensor
  /** `epsilon · √(1 - β₂ᵗ)` */
  readonly epsilon: Tensor
  /** 1, or 0 for a step that changes nothing for any gradient. The other factors must then also be those of no change */
  readonly taken: Tensor
}

/** The next value and moments. */
export function adamW(state: AdamWState, gradient: Tensor, scalars: AdamWScalars): AdamWState {
  const { decay, ...others } = scalars
  const inputs = { ...state, gradient, ...others, ...(decay && { decay }) }
  const [value, first, second] = fused('DreamLIPAdamW', inputs, {}, () => {
    const next = composedAdamW(state, gradient, scalars)
    return [next.value, next.first, next.second]
  })
  return { value: value, first: first, second: second }
}

/** The same with operations that every backend has; also for very small parameters. */
export function composedAdamW(
  { value, first, second }: AdamWState,
  gradient: Tensor,
  { keepFirst, takeFirst, keepSecond, takeSecond, decay, stepSize, epsilon, taken }: AdamWScalars,
): AdamWState {
  const safe = zeroUnless(cast(taken, 'bool'), gradient)
  const nextFirst = add(mul(first, keepFirst), mul(safe, takeFirst))
  const nextSecond = add(mul(second, keepSecond), mul(square(safe), takeSecond))
  const step = mul(div(nextFirst, add(sqrt(nextSecond), epsilon)), stepSize)
  return { value: sub(decay ? mul(value, decay) : value, step), first: nextFirst, second: nextSecond }
}
