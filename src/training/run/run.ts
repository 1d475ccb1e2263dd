/** A run: the model, the optimizer's state, and the program that takes the steps. */
import { DreamLIPError } from '../../errors'
import type { ModelState } from '../../inference/model-state'
import type { Parameters } from '../../runtime/runtime'
import type { RunIdentity } from '../checkpoint/run-identity'
import { trainedNames } from '../optimizer/freezing'
import { createOptimizerState, type RunTensors } from '../optimizer/optimizer-state'
import { inPyTorchOrder } from '../optimizer/parameter-order'
import type { TrainingLoss } from '../step/loss'
import { createAccumulatedStep } from '../step/accumulated-step'
import type { StepPlan, StepProgram } from '../step/step-plan'
import { createWholeStep } from '../step/whole-step'
import type { TrainerPlan } from '../trainer-options'

export interface Run {
  readonly plan: TrainerPlan
  readonly model: ModelState
  readonly tensors: RunTensors
  readonly identity: RunIdentity
  readonly program: StepProgram
}

/** The patches' own temperature (DreamLIP, section 3.3). */
export const localTemperature = 'logit_scale_local'

/** @throws DreamLIPError `INVALID_ARGUMENT` if the model's weights are not float32 */
export async function startRun(plan: TrainerPlan, model: ModelState): Promise<Run> {
  const { config, runtime, parameters: weights } = model.encoder
  const { data, loss, adamW, clipNorm, emaDecay, microBatch } = plan
  await model.encoder.weights.need()
  checkFloat32(weights)
  if (hasLocalScale(loss)) prepareForPatches(model)
  const names = await inPyTorchOrder(model.encoder.weights.names, config)
  const trained = trainedNames(names, config, plan.freeze).filter((name) => hasGradient(name, plan))
  const tensors = { weights, state: await createOptimizerState(runtime, weights, trained, emaDecay !== null) }
  const stepPlan: StepPlan = { config, loss, trained, adamW, clipNorm, emaDecay }
  return {
    ...{ plan, model, tensors },
    identity: { data: data.fingerprint, batchSize: data.batchSize, trained },
    program:
      microBatch === null
        ? createWholeStep(runtime, stepPlan, tensors)
        : createAccumulatedStep(runtime, stepPlan, tensors, microBatch),
  }
}

/** Frees everything that the run allocated. The model keeps its weights. */
export function endRun({ program, tensors }: Run): void {
  program.dispose()
  tensors.state.dispose()
}

function checkFloat32(weights: Parameters): void {
  const narrow = weights.names.find((name) => weights.storage(name) !== 'float32')
  if (narrow === undefined) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `model: expected float32 weights; '${narrow}' is stored as ${weights.storage(narrow)}. Load the model with { dtype: 'float32' }.`,
  )
}

/** Adds a temperature for patches, at CLIP's initial value. Patch tokens then match texts without a change of attention. */
function prepareForPatches(model: ModelState): void {
  const weights = model.encoder.parameters
  model.trainedWithGrouping = true
  if (weights.names.includes(localTemperature)) return
  weights.set(localTemperature, { data: Float32Array.of(Math.log(1 / 0.07)), shape: [] })
}

function hasLocalScale({ usesPatches, hasLocalScale = usesPatches }: TrainingLoss): boolean {
  return hasLocalScale
}

/** Name prefixes of the parameters that only losses use, not towers. */
const ofLosses = ['logit_bias', 'visual_proj.']

/** Whether the loss depends on a parameter. */
function hasGradient(name: string, { loss }: TrainerPlan): boolean {
  if (name === 'visual.proj2') return loss.usesPatches
  if (name === localTemperature) return hasLocalScale(loss)
  const startsWith = (starts: readonly string[] = []) => starts.some((start) => name.startsWith(start))
  return !startsWith(ofLosses) || startsWith(loss.parameters)
}
