/** A step over the whole batch at once, as one function of tensors: towers, loss, gradients, update. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Runtime, UpdatingFunction } from '../../runtime/runtime'
import type { StepScalars } from '../optimizer/adamw-scalars'
import type { RunTensors } from '../optimizer/optimizer-state'
import { updateWeights } from '../optimizer/weight-update'
import { computeFeatures, type StepInputs } from './features'
import { differentiateTerms } from './gradients'
import { stepInputs } from './step-batch'
import type { StepOutputs, StepPlan, StepProgram } from './step-plan'

/** Prepares steps over whole batches; in the compiled runtime each step is one graph. */
export function createWholeStep(runtime: Runtime, plan: StepPlan, { weights, state }: RunTensors): StepProgram {
  const program = runtime.prepareUpdate(trainingStep(plan), [weights, state])
  return {
    run: (batch, scalars) => program.run({ ...stepInputs(batch, plan.config, runtime.prefersFewShapes), ...scalars }),
    dispose: () => program.dispose(),
  }
}

/**
 * Forward pass, gradients, clipping and AdamW.
 * Inputs: `StepInputs`, and the scalars of `scalarInputs`. Outputs: `loss`, `gradientNorm`, and the loss's terms by name.
 */
export function trainingStep(plan: StepPlan): UpdatingFunction<StepInputs & StepScalars<Tensor>, StepOutputs> {
  return (inputs, parameters) => {
    const { loss, terms, gradients } = differentiateTerms(parameters, plan.trained, () =>
      plan.loss.terms(computeFeatures(parameters, inputs, plan.config, plan.loss), parameters),
    )
    const { norm, updates } = updateWeights(plan, parameters, gradients, inputs)
    return { outputs: { ...terms, loss, gradientNorm: norm }, updates }
  }
}
