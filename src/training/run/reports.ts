/** Reports of a run: to the caller, the progress bar and the log. If something cannot be logged, there is a warning. */
import type { SkippedSample } from '../../data/loader/training-batch'
import { DreamLIPError } from '../../errors'
import type { FitOptions } from '../fit-options'
import { drawProgressBar } from '../log/progress-bar'
import type { StepReport } from '../log/step-report'
import type { TrainerPlan } from '../trainer-options'

export function reportSkippedSamples({ onSkip }: FitOptions, samples: readonly SkippedSample[]): void {
  samples.forEach((sample) => onSkip?.(sample))
}

export async function reportStep(plan: TrainerPlan, options: FitOptions, report: StepReport): Promise<void> {
  if (plan.progress) drawProgressBar(report)
  options.onStep?.(report)
  await logOrWarn(plan, options, report.step, loggedNumbers(report))
}

/** A step's numbers by their names in logs. */
function loggedNumbers(report: StepReport): Record<string, number> {
  const { terms, step: _step, steps: _steps, skipped, secondsLeft: _secondsLeft, ...numbers } = report
  const named = Object.entries(terms).map(([name, value]) => [`loss/${name}`, value])
  return { ...numbers, skipped: Number(skipped), ...(Object.fromEntries(named) as Record<string, number>) }
}

export async function logOrWarn(
  plan: TrainerPlan,
  options: FitOptions,
  step: number,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  await plan.logger?.log(step, values).catch((error: unknown) => warn(options, 'the log was not written', error))
}

/** Warns of an error that does not end the run. @throws the error if it is not a `DreamLIPError` */
export function warn({ onWarning }: FitOptions, what: string, error: unknown): void {
  if (!(error instanceof DreamLIPError)) throw error
  onWarning?.(`${what}, but the run continues: ${error.message}`)
}
