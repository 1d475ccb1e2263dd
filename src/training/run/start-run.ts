/** The tensors of a run, and the function that takes its steps. */
import type { HostTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import type { ModelState } from '../../inference/model-state'
import type { RunIdentity, RunTensors } from '../saved/checkpoint-state'
import { createOptimizerTensors } from '../step/optimizer-tensors'
import { trainedNames } from '../step/parameter-groups'
import { createStepRunner } from '../step/run-step'
import type { StepRunner } from '../step/step'
import type { TrainerPlan } from '../trainer-options'
import { average } from '../step/update'

/** A run, ready for its first step. */
export interface Run {
  readonly tensors: RunTensors
  readonly identity: RunIdentity
  readonly runner: StepRunner
}

/** The patches' own temperature (DreamLIP, section 3.3): the model gets one, at CLIP's initial value, when patches are trained. */
const localTemperature = 'logit_scale_local'

/** @throws DreamLIPError `INVALID_ARGUMENT` for a model whose weights are not float32 */
export async function startRun(plan: TrainerPlan, model: ModelState): Promise<Run> {
  const { config, runtime, parameters: weights } = model.encoder
  const { usesPatches } = plan.loss
  const narrow = weights.names.find((name) => weights.storage(name) !== 'float32')
  if (narrow !== undefined) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `model: expected float32 weights; '${narrow}' is held as ${weights.storage(narrow)}. Load the model with { dtype: 'float32' }.`,
    )
  }
  if (usesPatches) {
    model.trainedWithGrouping = true
    if (!weights.names.includes(localTemperature)) {
      weights.set(localTemperature, { data: Float32Array.of(Math.log(1 / 0.07)), shape: [] })
    }
  }
  // What the loss does not depend on has no gradient.
  const idle = ['logit_bias', ...(usesPatches ? [] : ['visual.proj2', localTemperature])]
  const trained = trainedNames(weights.names, config, plan.freeze).filter((name) => !idle.includes(name))
  const state = await createOptimizerTensors(runtime, weights, trained, plan.emaDecay !== null)
  const { data, loss, adamW, clipNorm, emaDecay, microBatch } = plan
  const stepPlan = { config, loss, trained, adamW, clipNorm, emaDecay }
  return {
    tensors: { weights, state },
    identity: { data: data.fingerprint, batchSize: data.batchSize, trained },
    runner: createStepRunner(runtime, stepPlan, weights, state, microBatch),
  }
}

/** The averages of what is trained, and the weights that are not. */
export async function readAverages({ tensors: { weights, state }, identity }: Run): Promise<Map<string, HostTensor>> {
  const averages = new Map<string, HostTensor>()
  for (const name of weights.names) {
    const averaged = identity.trained.includes(name)
    const data = await (averaged ? state.readLater(average(name)) : weights.readLater(name))
    averages.set(name, { data: data.slice(), shape: weights.shape(name), dtype: 'float32' })
  }
  return averages
}
