/** The course of a run: epochs of steps, with checkpoints and evaluations between them. */
import { DreamLIPError } from '../../errors'
import type { ModelState } from '../../inference/model-state'
import { listCheckpoints, removeUnfinished, saveCheckpoint } from '../saved/checkpoint-folder'
import { checkpointState, type RunProgress } from '../saved/checkpoint-state'
import { startClock } from './clock'
import type { FitOptions, FitResult } from '../fit-options'
import { logOrWarn, reportStep, warn } from './report-step'
import { resumeRun } from './resume-run'
import { createSchedule } from './schedules'
import { readAverages, type Run } from './start-run'
import { takeStep, type Untimed } from './take-step'
import type { TrainerPlan } from '../trainer-options'

/** So many steps in a row without a usable gradient end a run. */
const mostSkippedInARow = 10

const atStart: RunProgress = {
  step: 0,
  updates: 0,
  position: { epoch: 0, sample: 0 },
  skippedSteps: 0,
  skippedSamples: 0,
  loss: NaN,
}

export async function runSteps(
  plan: TrainerPlan,
  model: ModelState,
  run: Run,
  steps: number,
  options: FitOptions,
): Promise<FitResult> {
  const schedule = createSchedule(plan.schedule, steps)
  const resumed = options.resume ? await resumeRun(plan, run, options) : await refuseOther(plan)
  const first = resumed?.progress ?? atStart
  let progress = first
  let checkpoint = resumed?.checkpoint
  let saved = progress.step
  await tidy(plan, options, progress.step)
  let failedInARow = 0
  const save = async () => {
    if (plan.folder === undefined || saved === progress.step) return
    model.encoder.checkAlive()
    const { adamW, name, emaDecay } = plan
    const learningRate = schedule(Math.max(0, progress.step - 1))
    const state = checkpointState(run.tensors, progress, run.identity, { adamW, learningRate, name, emaDecay })
    checkpoint = await saveCheckpoint(plan.folder, progress.step, state, plan.keep)
    saved = progress.step
  }
  const saveOrWarn = () => save().catch((error: unknown) => warn(options, 'the checkpoint was not written', error))
  const evaluate = async () => {
    if (!plan.evaluate) return
    const values = await plan.evaluate(plan.model)
    options.onEvaluate?.(values, progress.step)
    await logOrWarn(plan, options, progress.step, values)
  }
  const clock = startClock(progress.step, steps)
  const takeSteps = async () => {
    let waiting = performance.now()
    for await (const batch of plan.data.batches(progress.position, options.signal)) {
      const waited = performance.now() - waiting
      model.encoder.checkAlive()
      const report = await takeStep(plan, model, run, schedule, progress, batch)
      model.encoder.checkAlive()
      batch.release?.()
      batch.skipped.forEach((skipped) => options.onSkip?.(skipped))
      progress = {
        step: progress.step + 1,
        updates: progress.updates + (report.skipped ? 0 : 1),
        position: batch.next,
        skippedSteps: progress.skippedSteps + (report.skipped ? 1 : 0),
        skippedSamples: progress.skippedSamples + batch.skipped.length,
        loss: report.loss,
      }
      failedInARow = report.skipped ? failedInARow + 1 : 0
      const timed = { ...report, step: progress.step, steps, ...clock.lap(progress.step, plan.data.batchSize, waited) }
      await reportStep(plan, options, timed)
      if (failedInARow === mostSkippedInARow) throw diverged(progress.step, report)
      options.signal?.throwIfAborted()
      if (progress.step === steps) return
      if (plan.saveEvery !== undefined && progress.step % plan.saveEvery === 0) await saveOrWarn()
      waiting = performance.now()
    }
  }
  try {
    while (progress.step < steps) {
      const { step, position } = progress
      await takeSteps()
      // A run can go on from the end of an epoch, where what is left does not fill a batch.
      if (progress.step === step && position.sample === 0) throw noBatch(plan, progress)
      if (progress.step === steps) break
      progress = { ...progress, position: { epoch: progress.position.epoch + 1, sample: 0 } }
      await evaluate()
      if (plan.saveEvery === undefined) await saveOrWarn()
    }
    if (progress.step > first.step) await evaluate()
  } catch (error) {
    await saveOrWarn()
    throw error
  }
  await save()
  const averages = plan.emaDecay === null ? undefined : await readAverages(run)
  return { ...progress, stepsTaken: progress.step - first.step, checkpoint, averages }
}

/** A new run would mix its checkpoints with those of the run that the folder holds. */
async function refuseOther({ folder }: TrainerPlan): Promise<undefined> {
  const newest = folder === undefined ? undefined : (await listCheckpoints(folder)).at(-1)
  if (newest === undefined) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `fit: ${folder} holds a run already, up to ${newest.name}. Go on with it ({ resume: true }), or choose another folder.`,
  )
}

/** Removes what a killed run left: files that it did not finish, and numbers of steps that will be taken again. */
async function tidy(plan: TrainerPlan, options: FitOptions, step: number): Promise<void> {
  try {
    if (plan.folder !== undefined) await removeUnfinished(plan.folder)
    await plan.logger?.rewind?.(step)
  } catch (error) {
    warn(options, 'what an earlier run left was not removed', error)
  }
}

function diverged(step: number, { loss, gradientNorm }: Untimed): DreamLIPError {
  return new DreamLIPError(
    'TRAINING_DIVERGED',
    `step ${step}: the gradient was no number in ${mostSkippedInARow} steps in a row (loss ${loss}, gradient ${gradientNorm}). ` +
      'The model keeps the weights of the last good step. Lower the learning rate, or look for broken values in the data.',
  )
}

function noBatch({ data }: TrainerPlan, { position }: RunProgress): DreamLIPError {
  return new DreamLIPError(
    'DATA_EMPTY',
    `data: epoch ${position.epoch} gave no batch of ${data.batchSize} from sample ${position.sample} on. ` +
      'Too many samples cannot be used (onSkip says which), or the batch is too large.',
  )
}
