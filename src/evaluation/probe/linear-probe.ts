/** Measures how well a linear classifier separates the classes of frozen embeddings. */
import { checkCall, checkObject, checkWhole, wrongArgument } from '../../check-arguments'
import { checkEmbeddings, type EmbeddingsLike } from '../../inference/embeddings/embeddings'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { Progress } from '../../progress'
import { scoreClasses } from '../classification/class-scores'
import type { Figures } from '../task/result'
import { scoreRow, type LabelledRows, type LogisticFit } from './logistic-regression'
import { meanFigures } from './mean-figures'
import { checkProbeOptions, type ProbeOptions } from './probe-choices'
import { runProbe } from './run-probe'

/** Embeddings with their classes. */
export interface LabelledEmbeddings {
  readonly embeddings: EmbeddingsLike
  /** The class of each row, counted from 0. */
  readonly labels: ArrayLike<number>
}

export interface LinearProbeOptions extends ProbeOptions {
  readonly train: LabelledEmbeddings
  /** The part for choosing the regularization. Default: a fifth of the training part; with `shots`, up to four others per class. */
  readonly validation?: LabelledEmbeddings
  readonly test: LabelledEmbeddings
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** A run of a probe. */
export interface LinearProbeRun {
  readonly seed: number
  readonly regularization: number
  readonly figures: Figures
  /** `[classes, dimensions + 1]`, the intercept last; one row for two classes, with the score of the second. */
  readonly weights: Float64Array
  /** `Σ loss + regularization / 2 · |weights|²` at the end of the last fit. */
  readonly objective: number
  readonly iterations: number
  /** False if `maxIterations` ended the last fit. */
  readonly converged: boolean
}

export interface LinearProbeResult {
  /** Means over the runs: `acc1`, `acc5` for five classes or more, `meanPerClass`; and `acc1Deviation`, the standard deviation, for several runs. */
  readonly figures: Figures
  /** One per seed. */
  readonly runs: readonly LinearProbeRun[]
}

const optionKeys: KeysOf<LinearProbeOptions> = {
  train: 0,
  validation: 0,
  test: 0,
  regularization: 0,
  shots: 0,
  seeds: 0,
  maxIterations: 0,
  signal: 0,
  onProgress: 0,
}

/**
 * Trains L2-regularised multinomial logistic regression on embeddings with L-BFGS, and measures it on others: the linear probe of
 * CLIP's paper, with the objective of scikit-learn's `LogisticRegression`. The same input gives the same result.
 * @throws DreamLIPError `INVALID_ARGUMENT`; the signal's reason when aborted
 *
 * @example
 * const { figures } = await linearProbe({ train: { embeddings, labels }, test: { embeddings: others, labels: theirs } })
 */
export async function linearProbe(options: LinearProbeOptions): Promise<LinearProbeResult> {
  const { train, validation, test, signal, onProgress, ...rest } = checkKeys('', checkCall(options), optionKeys)
  const choices = checkProbeOptions(rest)
  const rows = checkRowsOf('train', train)
  const { dimensions } = rows
  const heldOut = validation === undefined ? undefined : checkRowsOf('validation', validation, dimensions)
  const others = checkRowsOf('test', test, dimensions)
  const classCount = 1 + [rows, heldOut, others].reduce((most, part) => Math.max(most, largestLabel(part?.labels)), 1)
  const runs = await runProbe({ classCount, train: rows, validation: heldOut }, choices, { signal, onProgress })
  const measured = runs.map(({ seed, regularization, fit }) => {
    const { weights, objective, iterations, converged } = fit
    return { seed, regularization, figures: figuresOf(fit, others), weights, objective, iterations, converged }
  })
  return { figures: meanFigures(measured.map(({ figures }) => figures)), runs: measured }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless there is one class per embedding */
function checkRowsOf(name: string, part: LabelledEmbeddings, dimensions?: number): LabelledRows {
  const { embeddings, labels } = checkObject(name, part, '{ embeddings, labels }')
  const { data, shape } = checkEmbeddings(`${name}.embeddings`, embeddings)
  if (shape[0] === 0) throw wrongArgument(`${name}.embeddings`, 'at least one row', shape)
  if (dimensions !== undefined && shape[1] !== dimensions) {
    throw wrongArgument(`${name}.embeddings.shape`, `[rows, ${dimensions}], as in train`, shape)
  }
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && 'length' in labels)
  if (!isList || labels.length !== shape[0]) {
    throw wrongArgument(`${name}.labels`, `${shape[0]} labels, one per embedding`, labels)
  }
  const checked = Array.from(labels, (label, i) => checkWhole(`${name}.labels[${i}]`, label, 0, mostClasses - 1))
  return { data, dimensions: shape[1], labels: checked }
}

/** ImageNet-21k has 21,841. A number beyond this limit is a mistake that would take all memory. */
const mostClasses = 100_000

function largestLabel(labels: ArrayLike<number> = []): number {
  return Array.from(labels).reduce((most, label) => Math.max(most, label), 0)
}

function figuresOf(fit: LogisticFit, { data, dimensions, labels }: LabelledRows): Figures {
  const names = Array.from({ length: fit.classCount }, (_, at) => String(at))
  const truth = Array.from(labels, (label, i) => ({ id: String(i), classes: [label] }))
  const scores = new Float64Array(fit.classCount)
  const scoresOf = (i: number) => {
    scoreRow(fit, data, i * dimensions, scores)
    return scores
  }
  return scoreClasses(names, truth, scoresOf, 0).figures
}
