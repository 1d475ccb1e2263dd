/** AdamW (Loshchilov and Hutter, arXiv 1711.05101), as PyTorch's `torch.optim.AdamW` computes it. */
import { add, div, mul, sqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core'

/** What stays the same during a run. */
export interface AdamWOptions {
  /** How much of the moments each step keeps. */
  readonly betas: readonly [number, number]
  /** Added to the root of the second moment. */
  readonly epsilon: number
  /** The share of a decayed parameter that a step of learning rate 1 would take away. */
  readonly weightDecay: number
}

/** The reference's defaults for transformers (open_clip's `get_default_params`, `--wd`). */
export const defaultAdamW: AdamWOptions = { betas: [0.9, 0.98], epsilon: 1e-6, weightDecay: 0.2 }

/** What all parameters share in a step: numbers on the host, scalars in the function of tensors. */
export interface StepScalars<T = number> {
  /** Factor on the first moment: β₁ */
  readonly keepFirst: T
  /** Factor on the second moment: β₂ */
  readonly keepSecond: T
  /** Factor on decayed parameters: `1 - learningRate · weightDecay` */
  readonly decay: T
  /** `learningRate · √(1 - β₂ᵗ) / (1 - β₁ᵗ)`: the bias corrections are taken out of the fraction, which saves a pass over all weights. */
  readonly stepSize: T
  /** `epsilon · √(1 - β₂ᵗ)` */
  readonly epsilon: T
}

/** @param step counts from 1 */
export function stepScalars(learningRate: number, step: number, options: AdamWOptions): StepScalars {
  const [keepFirst, keepSecond] = options.betas
  const secondCorrection = Math.sqrt(1 - keepSecond ** step)
  return {
    keepFirst,
    keepSecond,
    decay: 1 - learningRate * options.weightDecay,
    stepSize: (learningRate * secondCorrection) / (1 - keepFirst ** step),
    epsilon: options.epsilon * secondCorrection,
  }
}

/** The numbers of a step that changes nothing, given that the gradient is zero. */
export const noStep: Omit<StepScalars, 'epsilon'> = { keepFirst: 1, keepSecond: 1, decay: 1, stepSize: 0 }

/** A parameter with the running means of its gradient and of the gradient's square. */
export interface AdamWState {
  readonly value: Tensor
  readonly first: Tensor
  readonly second: Tensor
}

/**
 * One parameter's next value and moments; all tensors have its shape.
 * @param factor on the gradient, a scalar; it goes into other factors, which saves a pass over all weights
 * @param decayed whether weight decay applies to it
 */
export function adamW(
  { value, first, second }: AdamWState,
  gradient: Tensor,
  factor: Tensor,
  scalars: StepScalars<Tensor>,
  [beta1, beta2]: AdamWOptions['betas'],
  decayed: boolean,
): AdamWState {
  const nextFirst = add(mul(first, scalars.keepFirst), mul(gradient, mul(factor, 1 - beta1)))
  const nextSecond = add(mul(second, scalars.keepSecond), mul(square(gradient), mul(square(factor), 1 - beta2)))
  const step = mul(div(nextFirst, add(sqrt(nextSecond), scalars.epsilon)), scalars.stepSize)
  return { value: sub(decayed ? mul(value, scalars.decay) : value, step), first: nextFirst, second: nextSecond }
}
