/** A whole training step as one function of tensors: towers, loss, gradients, update. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { CLIPConfig } from '../../models/config/config'
import type { HostArray, UpdatingFunction } from '../../runtime/runtime'
import { stepScalars, type AdamWOptions, type StepScalars } from './adamw'
import { computeFeatures, type BatchTensors, type Features } from './features'
import { differentiateTerms } from './gradients'
import type { StepBatch } from './step-inputs'
import { updateWeights, type UpdatePlan } from './update'

/** What training makes smaller. */
export interface TrainingLoss {
  /** Whether it looks at patches, which then are computed. */
  readonly usesPatches: boolean
  /** Scalars by name, weighted: their sum is the loss. */
  terms(features: Features): Record<string, Tensor>
}

/** What a step does. */
export interface StepPlan extends UpdatePlan {
  readonly config: CLIPConfig
  readonly loss: TrainingLoss
  /** The parameters that are trained. */
  readonly trained: readonly string[]
}

/** What a step tells beside the terms of the loss. */
export type StepOutput = 'loss' | 'gradientNorm'

/** Takes steps, one after another. */
export interface StepRunner {
  run(batch: StepBatch, scalars: Readonly<Record<string, HostArray>>): Promise<Record<StepOutput, HostArray>>
  dispose(): void
}

/**
 * Forward, gradients, clipping and AdamW in one function: in the compiled runtime one graph.
 * Inputs: those of `BatchTensors`, and the scalars of `scalarInputs`. Outputs: `loss`, `gradientNorm`, and the loss's terms by name.
 */
export function trainingStep(plan: StepPlan): UpdatingFunction<StepOutput> {
  return (inputs, parameters) => {
    const batch = inputs as unknown as BatchTensors
    const { loss, terms, gradients } = differentiateTerms(parameters, plan.trained, () =>
      plan.loss.terms(computeFeatures(parameters, batch, plan.config, plan.loss.usesPatches)),
    )
    const { norm, updates } = updateWeights(plan, parameters, gradients, inputs as unknown as StepScalars<Tensor>)
    return { outputs: { ...terms, loss, gradientNorm: norm }, updates }
  }
}

/** A step's numbers as inputs of its graph, so that the graph stays the same from step to step. @param step counts from 1 */
export function scalarInputs(learningRate: number, step: number, options: AdamWOptions): Record<string, HostArray> {
  const scalars = Object.entries<number>({ ...stepScalars(learningRate, step, options) })
  return Object.fromEntries(scalars.map(([name, value]) => [name, { data: Float32Array.of(value), shape: [] }]))
}
