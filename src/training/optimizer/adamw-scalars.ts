/** AdamW's options for a run, and the scalars of each step that follow from them. */
import type { HostArray } from '../../runtime/runtime'

/** AdamW's settings; they stay the same during a run. */
export interface AdamWOptions {
  /** The decay rates of the first and second moment. */
  readonly betas: readonly [number, number]
  /** Added to the root of the second moment. */
  readonly epsilon: number
  /** Each step multiplies decayed parameters by `1 - learningRate · weightDecay`. */
  readonly weightDecay: number
}

/** The reference's defaults for transformers (open_clip's `get_default_params`, `--wd`). */
export const defaultAdamW: AdamWOptions = { betas: [0.9, 0.98], epsilon: 1e-6, weightDecay: 0.2 }

/** The scalars of one step, as numbers or as tensors: those of `AdamWScalars` in `ops/optimizer/adamw.ts` that clipping does not change. */
export interface StepScalars<T = number> {
  readonly keepFirst: T
  readonly keepSecond: T
  readonly decay: T
  readonly stepSize: T
  readonly epsilon: T
}

/** The scalars of a step that changes nothing, provided that the gradient is zero. */
export const noStep: Omit<StepScalars, 'epsilon'> = { keepFirst: 1, keepSecond: 1, decay: 1, stepSize: 0 }

function stepScalars(learningRate: number, step: number, options: AdamWOptions): StepScalars {
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

/** The scalars of a step as inputs of its graph: the graph then stays the same from step to step. @param step counts from 1 */
export function scalarInputs(learningRate: number, step: number, options: AdamWOptions): StepScalars<HostArray> {
  const { keepFirst, keepSecond, decay, stepSize, epsilon } = stepScalars(learningRate, step, options)
  const input = (value: number): HostArray => ({ data: Float32Array.of(value), shape: [] })
  return {
    keepFirst: input(keepFirst),
    keepSecond: input(keepSecond),
    decay: input(decay),
    stepSize: input(stepSize),
    epsilon: input(epsilon),
  }
}
