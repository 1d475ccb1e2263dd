/** Where the numbers of a step go: the bar, the caller, the log. What cannot be written is told, and does not end the run. */
import { terminal } from '#training/files'
import { DreamLIPError } from '../../errors'
import type { FitOptions } from '../fit-options'
import { progressLine, type StepReport } from '../log/progress-line'
import type { TrainerPlan } from '../trainer-options'

export async function reportStep(plan: TrainerPlan, options: FitOptions, report: StepReport): Promise<void> {
  if (plan.progress) terminal?.write(`\r\x1b[2K${progressLine(report).slice(0, (terminal.columns || 80) - 1)}`)
  options.onStep?.(report)
  await logOrWarn(plan, options, report.step, numbersOf(report))
}

/** Names of numbers in logs. */
function numbersOf(report: StepReport): Record<string, number> {
  const { terms, step: _step, steps: _steps, skipped, secondsLeft: _secondsLeft, ...numbers } = report
  const ofTerms = Object.entries(terms).map(([name, value]) => [`loss/${name}`, value])
  return { ...numbers, skipped: Number(skipped), ...(Object.fromEntries(ofTerms) as Record<string, number>) }
}

export async function logOrWarn(
  plan: TrainerPlan,
  options: FitOptions,
  step: number,
  values: Readonly<Record<string, number>>,
) {
  await plan.logger?.log(step, values).catch((error: unknown) => warn(options, 'the log was not written', error))
}

/** Tells of an error that the run survives. @throws what is no `DreamLIPError` */
export function warn({ onWarning }: FitOptions, what: string, error: unknown): void {
  if (!(error instanceof DreamLIPError)) throw error
  onWarning?.(`${what}, and the run goes on: ${error.message}`)
}
