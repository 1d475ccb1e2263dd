/** Chooses the regularization on a validation part, by the search of CLIP's paper (arXiv 2103.00020, A.3), which CLIP_benchmark follows. */
import { fitLogistic, scoreRow, type LabelledRows, type LogisticFit, type LogisticModel } from './logistic-regression'

/** 97 values from 1e-6 to 1e6, eight per decade. */
const decades = { first: -6, last: 6 }
const perDecade = 8
const lastIndex = (decades.last - decades.first) * perDecade

/** The search starts with every second decade. */
const firstSpan = 2 * perDecade

/** Maximum fits of a search. */
export const mostFits = lastIndex / firstSpan + 1 + 2 * Math.log2(firstSpan)

export interface SearchOptions {
  readonly classCount: number
  readonly maxIterations: number
  readonly signal?: AbortSignal
  /** Called after each fit. */
  readonly onFit?: () => void
}

/**
 * The value with the best accuracy on the validation part. The search starts with seven values, and halves the distance between values
 * around the best one down to an eighth of a decade. Of equally good values, it takes the largest.
 * @throws the signal's reason when aborted
 */
export async function chooseRegularization(
  train: LabelledRows,
  validation: LabelledRows,
  { onFit, ...options }: SearchOptions,
): Promise<number> {
  const tried = new Map<number, { readonly accuracy: number; readonly fit: LogisticFit }>()
  const measure = async (index: number): Promise<number> => {
    const known = tried.get(index)
    if (known) return known.accuracy
    const start = nearest(tried, index)?.fit.weights
    const fit = await fitLogistic(train, { ...options, regularization: valueAt(index), start })
    const accuracy = accuracyOf(fit, validation)
    tried.set(index, { accuracy, fit })
    onFit?.()
    return accuracy
  }
  const grid = Array.from({ length: lastIndex / firstSpan + 1 }, (_, i) => lastIndex - i * firstSpan)
  let best = await bestOf(grid, measure)
  for (let span = firstSpan / 2; span >= 1; span /= 2) {
    const around = [best + span, best, best - span].filter((index) => index >= 0 && index <= lastIndex)
    best = await bestOf(around, measure)
  }
  return valueAt(best)
}

function valueAt(index: number): number {
  return 10 ** (decades.first + index / perDecade)
}

/** The first of the best indices. */
async function bestOf(indices: readonly number[], measure: (index: number) => Promise<number>): Promise<number> {
  let [best, most] = [indices[0]!, -Infinity]
  for (const index of indices) {
    const accuracy = await measure(index)
    if (accuracy > most) [best, most] = [index, accuracy]
  }
  return best
}

function nearest<Value>(tried: ReadonlyMap<number, Value>, index: number): Value | undefined {
  const [closest] = [...tried.keys()].sort((a, b) => Math.abs(a - index) - Math.abs(b - index))
  return closest === undefined ? undefined : tried.get(closest)
}

/** The share of rows whose class has the highest score. */
function accuracyOf(model: LogisticModel, { data, dimensions, labels }: LabelledRows): number {
  const scores = new Float64Array(model.classCount)
  let right = 0
  for (let i = 0; i < labels.length; i++) {
    scoreRow(model, data, i * dimensions, scores)
    let best = 0
    for (let at = 1; at < scores.length; at++) if (scores[at]! > scores[best]!) best = at
    if (best === labels[i]) right++
  }
  return right / labels.length
}
