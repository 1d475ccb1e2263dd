/** The plan of a step, and the program that takes steps. */
import type { CLIPConfig } from '../../models/config/config'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { ArraysOf, HostArray } from '../../runtime/runtime'
import type { StepScalars } from '../optimizer/adamw-scalars'
import type { UpdatePlan } from '../optimizer/weight-update'
import type { TrainingLoss } from './loss'
import type { StepBatch } from './step-batch'

export interface StepPlan extends UpdatePlan {
  readonly config: CLIPConfig
  readonly loss: TrainingLoss
  /** The names of the trained parameters. */
  readonly trained: readonly string[]
}

/** The outputs that every step has: two scalars. A step also has the loss's terms, by their names. */
export interface StepOutputs {
  readonly loss: Tensor
  readonly gradientNorm: Tensor
}

/** Takes steps: each run updates weights and optimizer state in place. */
export interface StepProgram {
  /** @param scalars as `scalarInputs` returns them */
  run(batch: StepBatch, scalars: StepScalars<HostArray>): Promise<ArraysOf<StepOutputs>>
  dispose(): void
}
