/** What a step is asked to do, and the program that takes steps. */
import type { CLIPConfig } from '../../models/config/config'
import type { HostArray } from '../../runtime/runtime'
import type { UpdatePlan } from '../optimizer/weight-update'
import type { TrainingLoss } from './loss'
import type { StepBatch } from './step-batch'

export interface StepPlan extends UpdatePlan {
  readonly config: CLIPConfig
  readonly loss: TrainingLoss
  /** The names of the trained parameters. */
  readonly trained: readonly string[]
}

/** The outputs that every step has; the loss's terms, by their names, come on top. */
export type StepOutput = 'loss' | 'gradientNorm'

/** Takes steps: each run updates weights and optimizer state in place. */
export interface StepProgram {
  /** @param scalars as `scalarInputs` returns them */
  run(batch: StepBatch, scalars: Readonly<Record<string, HostArray>>): Promise<Record<StepOutput, HostArray>>
  dispose(): void
}
