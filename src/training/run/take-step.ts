/** One step: from a batch to new weights, and what it told. */
import type { ModelState } from '../../inference/model-state'
import { tokenizeForModel } from '../../inference/texts/tokenize-for-model'
import type { HostArray } from '../../runtime/runtime'
import type { RunProgress } from '../saved/checkpoint-state'
import type { TrainingBatch } from '../data'
import type { StepReport } from '../log/progress-line'
import type { Schedule } from './schedules'
import type { Run } from './start-run'
import { scalarInputs } from '../step/step'
import { keptTokens, stepBatch } from '../step/step-inputs'
import type { TrainerPlan } from '../trainer-options'

/** What a step tells, without its time. */
export type Untimed = Omit<StepReport, 'step' | 'steps' | 'imagesPerSecond' | 'dataShare' | 'secondsLeft'>

export async function takeStep(
  plan: TrainerPlan,
  model: ModelState,
  { runner }: Run,
  schedule: Schedule,
  progress: RunProgress,
  batch: TrainingBatch,
): Promise<Untimed> {
  const { config, parameters } = model.encoder
  const { step, updates, position } = progress
  const prepared = await stepBatch(batch, (texts) => tokenizeForModel(model, texts))
  const kept = plan.patchDropout > 0 && {
    kept: keptTokens(batch.images.shape[0], config, plan.patchDropout, plan.seed + step),
  }
  const learningRate = schedule(step)
  const outputs = await runner.run({ ...prepared, ...kept }, scalarInputs(learningRate, updates + 1, plan.adamW))
  const { loss, gradientNorm, ...terms } = numbersIn(outputs) as Record<'loss' | 'gradientNorm', number>
  const logitScale = Math.exp((await parameters.readLater('logit_scale'))[0]!)
  const skipped = !Number.isFinite(gradientNorm)
  return { epoch: position.epoch, loss, terms, gradientNorm, learningRate, logitScale, skipped }
}

function numbersIn(outputs: Readonly<Record<string, HostArray>>): Record<string, number> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]!]))
}
