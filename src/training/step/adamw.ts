/** What a run's AdamW is told, and the numbers of each step. */

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

/** The numbers of a step: on the host, or as scalars in the function of tensors. Those that `ops/adamw.ts` takes, but for clipping. */
export interface StepScalars<T = number> {
  readonly keepFirst: T
  readonly keepSecond: T
  readonly decay: T
  readonly stepSize: T
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
