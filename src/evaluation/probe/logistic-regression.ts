/** L2-regularised multinomial logistic regression, with the objective of scikit-learn's `LogisticRegression`. */
import { dot } from '../../inference/embeddings/embeddings'
import { minimize } from './lbfgs'

/** Embeddings and the class of each. */
export interface LabelledRows {
  /** `[rows, dimensions]` */
  readonly data: Float32Array
  readonly dimensions: number
  /** The class of each row, from 0. */
  readonly labels: ArrayLike<number>
}

export interface LogisticModel {
  readonly classCount: number
  readonly dimensions: number
  /**
   * `[classes, dimensions + 1]`, the intercept last. With two classes there is one row: the score of the second class, against 0 for the
   * first, as in scikit-learn.
   */
  readonly weights: Float64Array
}

export interface LogisticFit extends LogisticModel {
  /** `Σ loss + regularization / 2 · |weights|²`, without the intercepts: scikit-learn's objective divided by its `C`. */
  readonly objective: number
  readonly iterations: number
  readonly converged: boolean
}

export interface FitOptions {
  readonly classCount: number
  /** The factor on half the sum of the squared weights: 1 / `C` in scikit-learn. */
  readonly regularization: number
  readonly maxIterations: number
  /** Weights to start from, such as those for a similar regularization. */
  readonly start?: Float64Array
  readonly signal?: AbortSignal
}

/** The largest component of the mean loss' gradient at which a fit is complete. */
const tolerance = 1e-6

/** The optimum is unique, so the start only affects the duration. @throws the signal's reason when aborted */
export async function fitLogistic(rows: LabelledRows, options: FitOptions): Promise<LogisticFit> {
  const { classCount, regularization, maxIterations, signal } = options
  const { dimensions, labels } = rows
  const free = classCount === 2 ? 1 : classCount
  const start = options.start ?? new Float64Array(free * (dimensions + 1))
  const count = labels.length
  const f = (weights: Float64Array, gradient: Float64Array) =>
    meanLoss(rows, { classCount, dimensions, weights }, regularization / count, gradient, signal)
  const { x, value, iterations, converged } = await minimize(f, start, { maxIterations, tolerance })
  return { classCount, dimensions, weights: x, objective: value * count, iterations, converged }
}

/** Multiplications between two pauses for other tasks of the thread. */
const workAtOnce = 1 << 26

/** The mean loss of all rows plus `penalty / 2 · |weights|²`; its gradient is written into `gradient`. */
async function meanLoss(
  rows: LabelledRows,
  model: LogisticModel,
  penalty: number,
  gradient: Float64Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  gradient.fill(0)
  const count = rows.labels.length
  const rowsAtOnce = Math.max(1, Math.floor(workAtOnce / (2 * model.weights.length)))
  let loss = 0
  for (let from = 0; from < count; from += rowsAtOnce) {
    signal?.throwIfAborted()
    if (from > 0) await pause()
    loss += addLoss(rows, from, Math.min(count, from + rowsAtOnce), model, gradient)
  }
  const { weights, dimensions } = model
  let squares = 0
  for (let w = 0; w < weights.length; w++) {
    const isIntercept = w % (dimensions + 1) === dimensions
    gradient[w] = gradient[w]! / count + (isIntercept ? 0 : penalty * weights[w]!)
    if (!isIntercept) squares += weights[w]! ** 2
  }
  return loss / count + (penalty / 2) * squares
}

/** The sum of the losses of some rows; their gradients are added to `gradient`. */
function addLoss(rows: LabelledRows, from: number, to: number, model: LogisticModel, gradient: Float64Array): number {
  const { data, dimensions, labels } = rows
  const scores = new Float64Array(model.classCount)
  const width = dimensions + 1
  const fixed = model.classCount - gradient.length / width
  let loss = 0
  for (let i = from; i < to; i++) {
    const label = labels[i]!
    scoreRow(model, data, i * dimensions, scores)
    const own = scores[label]!
    loss += toProbabilities(scores) - own
    for (let at = fixed; at < scores.length; at++) {
      const slope = scores[at]! - (at === label ? 1 : 0)
      const to = (at - fixed) * width
      for (let d = 0; d < dimensions; d++) gradient[to + d]! += slope * data[i * dimensions + d]!
      gradient[to + dimensions]! += slope
    }
  }
  return loss
}

/** Writes the scores of all classes for the embedding that starts at `offset` into `scores`. */
export function scoreRow(model: LogisticModel, data: Float32Array, offset: number, scores: Float64Array): void {
  const { weights, dimensions, classCount } = model
  const width = dimensions + 1
  const fixed = classCount - weights.length / width
  scores.fill(0, 0, fixed)
  for (let at = fixed; at < classCount; at++) {
    const from = (at - fixed) * width
    scores[at] = weights[from + dimensions]! + dot(weights, from, data, offset, dimensions)
  }
}

/** Replaces scores by their softmax. @returns the logarithm of the sum of their exponentials */
function toProbabilities(scores: Float64Array): number {
  let peak = -Infinity
  for (const score of scores) peak = Math.max(peak, score)
  let sum = 0
  for (let at = 0; at < scores.length; at++) sum += scores[at] = Math.exp(scores[at]! - peak)
  for (let at = 0; at < scores.length; at++) scores[at]! /= sum
  return peak + Math.log(sum)
}

/** Lets other tasks of this thread run, such as a click or the end of a timer. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
