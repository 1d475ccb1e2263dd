/** Keeps the best model of a run, judged by a value of its evaluations: `best.safetensors` in the run's folder. */
import { DreamLIPError } from '../../errors'
import { didYouMean } from '../../known-keys'
import type { FitOptions } from '../fit-options'
import type { BestModel } from '../folder/run-folder'
import type { TrainerPlan } from '../trainer-options'
import { warn } from './reports'

export interface BestKeeper {
  /** The best model so far, if one was saved. */
  best(): BestModel | undefined
  /**
   * Saves the model if its value is the highest so far. If that fails, the run continues with a warning.
   * @throws DreamLIPError `INVALID_ARGUMENT` if the evaluation has no such value
   */
  consider(values: Readonly<Record<string, number>>, step: number): Promise<void>
}

/** The file itself contains the best value so far, so a run that was killed continues with the best model that was saved. */
export async function createBestKeeper(plan: TrainerPlan, options: FitOptions): Promise<BestKeeper> {
  const { folder, best: metric, model } = plan
  if (!folder || metric === undefined) return { best: () => undefined, consider: async () => undefined }
  let best = await folder.readBest().catch((error: unknown) => {
    warn(options, 'the best model so far was not read', error)
    return undefined
  })
  if (best && best.metric !== metric) {
    options.onWarning?.(
      `${best.path} was chosen by ${best.metric}; the next evaluation replaces it, because best is now ${metric}.`,
    )
    best = undefined
  }
  return {
    best: () => best,
    async consider(values, step) {
      const value = valueOf(values, metric)
      if (Number.isNaN(value) || (best !== undefined && value <= best.value)) return
      try {
        best = await folder.saveBest(model, { metric, step, value })
      } catch (error) {
        warn(options, 'the best model was not written', error)
      }
    },
  }
}

function valueOf(values: Readonly<Record<string, number>>, metric: string): number {
  if (Object.hasOwn(values, metric)) return values[metric]!
  const names = Object.keys(values)
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `best: expected the name of a value that evaluate returns (${names.join(', ')}); got ${JSON.stringify(metric)}.` +
      didYouMean(metric, names),
  )
}
