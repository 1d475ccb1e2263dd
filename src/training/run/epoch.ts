/** The steps of one epoch: from batches to new weights. */
import { tokenizeForModel } from '../../inference/texts/tokenize-for-model'
import type { HostArray } from '../../runtime/runtime'
import type { TrainingBatch } from '../../data/loader/training-batch'
import type { RunProgress } from '../checkpoint/run-record'
import type { StepReport } from '../log/step-report'
import { scalarInputs } from '../optimizer/adamw-scalars'
import type { Schedule } from '../optimizer/schedule'
import { keptTokens } from '../step/patch-dropout'
import { drawnTexts, tokenizeBatch } from '../step/step-batch'
import type { Run } from './run'
import type { StepTiming } from './step-timer'

/** A step's report without its timing and the run's length. */
export type StepNumbers = Omit<StepReport, 'steps' | keyof StepTiming>

/** A step that was taken. */
export interface TakenStep {
  readonly progress: RunProgress
  readonly numbers: StepNumbers
  /** Milliseconds spent waiting for the batch. */
  readonly waited: number
  readonly skippedSamples: TrainingBatch['skipped']
}

/** Takes the steps from the position of `progress` to the end of its epoch. The weights are updated before a step is yielded. */
export async function* stepsOfEpoch(
  run: Run,
  schedule: Schedule,
  start: RunProgress,
  signal: AbortSignal | undefined,
): AsyncGenerator<TakenStep> {
  const { plan, model } = run
  let progress = start
  let waiting = performance.now()
  for await (const batch of plan.data.batches(start.position, signal)) {
    const waited = performance.now() - waiting
    model.encoder.checkAlive()
    const numbers = await trainOn(run, batch, progress, schedule(progress.step))
    model.encoder.checkAlive()
    batch.release?.()
    progress = progressAfter(progress, batch, numbers)
    yield { progress, numbers, waited, skippedSamples: batch.skipped }
    waiting = performance.now()
  }
}

/** Updates the weights by one batch. */
async function trainOn(
  { plan, model, program }: Run,
  batch: TrainingBatch,
  { step, updates, position }: RunProgress,
  learningRate: number,
): Promise<StepNumbers> {
  const { config, parameters } = model.encoder
  const tokenized = await tokenizeBatch(batch, (texts) => tokenizeForModel(model, texts), config)
  const dropout = plan.patchDropout > 0 && {
    kept: keptTokens(batch.images.shape[0], config, plan.patchDropout, plan.seed + step),
  }
  const drawn = plan.loss.drawsTexts && { negatives: drawnTexts(tokenized, plan.seed + step) }
  const outputs = await program.run(
    { ...tokenized, ...dropout, ...drawn },
    scalarInputs(learningRate, updates + 1, plan.adamW),
  )
  const { loss, gradientNorm, ...terms } = scalarsOf(outputs) as Record<'loss' | 'gradientNorm', number>
  const logitScale = Math.exp((await parameters.readLater('logit_scale'))[0]!)
  const skipped = !Number.isFinite(gradientNorm)
  return { step: step + 1, epoch: position.epoch, loss, terms, gradientNorm, learningRate, logitScale, skipped }
}

function progressAfter(before: RunProgress, batch: TrainingBatch, { loss, skipped }: StepNumbers): RunProgress {
  return {
    ...before,
    step: before.step + 1,
    updates: before.updates + (skipped ? 0 : 1),
    position: batch.next,
    skippedSteps: before.skippedSteps + (skipped ? 1 : 0),
    skippedSamples: before.skippedSamples + batch.skipped.length,
    loss,
  }
}

function scalarsOf(outputs: Readonly<Record<string, HostArray>>): Record<string, number> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]!]))
}
