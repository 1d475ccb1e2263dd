/** The course of a run: epochs of steps, with evaluations and checkpoints between them. */
import type { RunProgress } from '../checkpoint/run-record'
import type { FitOptions, FitResult } from '../fit-options'
import { readAverages } from '../optimizer/optimizer-state'
import { createSchedule } from '../optimizer/schedule'
import { createBestKeeper, type BestKeeper } from './best-model'
import { stepsOfEpoch } from './epoch'
import { diverged, mostSkippedInARow, noBatch } from './failures'
import { logOrWarn, reportSkippedSamples, reportStep } from './reports'
import { resumeOrBegin } from './resume'
import type { Run } from './run'
import { createSaver } from './saver'
import { startStepTimer } from './step-timer'

/** Takes the steps of a run up to `steps`. If one fails, a checkpoint of the progress so far is saved first. */
export async function followCourse(run: Run, steps: number, options: FitOptions): Promise<FitResult> {
  const { plan, tensors, identity } = run
  const schedule = createSchedule(plan.schedule, steps)
  const start = await resumeOrBegin(run, options)
  const saver = createSaver(run, schedule, start, options)
  const keeper = await createBestKeeper(plan, options)
  const timer = startStepTimer(start.progress.step, steps)
  let { progress } = start
  let skippedInARow = 0

  const finishEpoch = async () => {
    for await (const taken of stepsOfEpoch(run, schedule, progress, options.signal)) {
      const { numbers, waited } = taken
      progress = taken.progress
      reportSkippedSamples(options, taken.skippedSamples)
      const timing = timer.endStep(progress.step, plan.data.batchSize, waited)
      await reportStep(plan, options, { ...numbers, steps, ...timing })
      skippedInARow = numbers.skipped ? skippedInARow + 1 : 0
      if (skippedInARow === mostSkippedInARow) throw diverged(numbers)
      options.signal?.throwIfAborted()
      if (progress.step === steps) return
      if (plan.saveEvery !== undefined && progress.step % plan.saveEvery === 0) await saver.saveOrWarn(progress)
    }
  }

  try {
    while (progress.step < steps) {
      const { step, position } = progress
      await finishEpoch()
      // A run may resume near the end of an epoch, where the remaining samples do not fill a batch.
      if (progress.step === step && position.sample === 0) throw noBatch(plan.data.batchSize, progress)
      if (progress.step === steps) break
      // The epoch ends after its evaluation: a run that is interrupted there repeats the evaluation when it resumes.
      progress = await evaluate(run, progress, options, keeper)
      progress = { ...progress, position: { epoch: progress.position.epoch + 1, sample: 0 } }
      if (plan.saveEvery === undefined) await saver.saveOrWarn(progress)
    }
    progress = await evaluate(run, progress, options, keeper)
  } catch (error) {
    await saver.saveOrWarn(progress)
    throw error
  }
  const checkpoint = await saver.save(progress)
  const averages = plan.emaDecay === null ? undefined : await readAverages(tensors, identity.trained)
  return { ...progress, stepsTaken: progress.step - start.progress.step, checkpoint, best: keeper.best(), averages }
}

/** Evaluates the model, once per step, logs the values, and keeps the model if it is the best so far. @returns the new progress */
async function evaluate(
  { plan }: Run,
  progress: RunProgress,
  options: FitOptions,
  keeper: BestKeeper,
): Promise<RunProgress> {
  const { step, evaluatedStep } = progress
  if (!plan.evaluate || evaluatedStep === step) return progress
  const values = await plan.evaluate(plan.model, { signal: options.signal })
  options.onEvaluate?.(values, step)
  await logOrWarn(plan, options, step, values)
  await keeper.consider(values, step)
  return { ...progress, evaluatedStep: step }
}
