/** The linear probe of a model on a published data set: trained on one part of it, measured on another. */
import { checkCall, checkObject, wrongArgument } from '../../check-arguments'
import type { DreamLIP } from '../../dreamlip'
import { checkKeys, type KeysOf } from '../../known-keys'
import { checkClassificationSet } from '../classification/check-set'
import { scoreClasses, type ClassScores } from '../classification/class-scores'
import type { ClassificationSet } from '../datasets/data-set'
import { embedImages, type EmbeddedImages } from '../features/embed-images'
import type { TaskOptions } from '../task/options'
import type { TaskResult } from '../task/result'
import { scoreRow, type LabelledRows, type LogisticModel } from './logistic-regression'
import { meanFigures } from './mean-figures'
import { checkProbeOptions, type ProbeOptions } from './probe-choices'
import { runProbe } from './run-probe'

export interface ProbeSetOptions extends Omit<TaskOptions, 'protocol'>, ProbeOptions {
  /** The part for choosing the regularization. Default: a fifth of the training part; with `shots`, up to four others per class. */
  readonly validation?: ClassificationSet
}

const optionKeys: KeysOf<ProbeSetOptions> = {
  validation: 0,
  regularization: 0,
  shots: 0,
  seeds: 0,
  maxIterations: 0,
  cache: 0,
  batchSize: 0,
  signal: 0,
  onProgress: 0,
}

/** Maximum number of worst images to list. */
const mostHard = 20

/**
 * Trains a linear classifier on the embeddings of one part of a data set, and measures it on another: see `linearProbe`. Images of the
 * training part that cannot be read are left out; those of the test part count as wrong; `problems` names both. `details` are those of
 * the first run.
 * @param options as for `linearProbe`; `cache` keeps the embeddings for later runs (Node only)
 * @throws DreamLIPError `INVALID_ARGUMENT`, also if the parts have different classes; the signal's reason when aborted
 */
export async function probeSet(
  model: DreamLIP,
  trainSet: ClassificationSet,
  testSet: ClassificationSet,
  options: ProbeSetOptions = {},
): Promise<TaskResult> {
  const { validation, cache, batchSize, signal, onProgress, ...rest } = checkKeys('', checkCall(options), optionKeys)
  const choices = checkProbeOptions(rest)
  checkSingleLabels(model, 'trainSet', trainSet, trainSet)
  checkSingleLabels(model, 'testSet', testSet, trainSet)
  if (validation !== undefined) checkSingleLabels(model, 'validation', validation, trainSet)
  const embed = (set: ClassificationSet) => embedImages(model, set.samples, { cache, batchSize, signal, onProgress })
  const train = await embed(trainSet)
  const heldOut = validation && (await embed(validation))
  const test = await embed(testSet)
  const runs = await runProbe(
    {
      classCount: Math.max(2, trainSet.classes.length),
      train: rowsOf(trainSet, train, 'trainSet'),
      validation: heldOut && rowsOf(validation, heldOut, 'validation'),
    },
    choices,
    { signal, onProgress },
  )
  const scores = runs.map(({ fit }) => scoreTest(fit, testSet, test))
  return {
    figures: meanFigures(scores.map(({ figures }) => figures)),
    protocol: {
      probe: 'logistic regression',
      trainedOn: `${trainSet.name}, ${trainSet.split}`,
      validatedOn: validation ? `${validation.name}, ${validation.split}` : null,
      shots: choices.shots ?? null,
      seeds: [...choices.seeds],
      maxIterations: choices.maxIterations,
      regularization: runs.map(({ regularization }) => regularization),
      converged: runs.every(({ fit }) => fit.converged),
    },
    problems: [...train.problems, ...(heldOut?.problems ?? []), ...test.problems],
    details: scores[0]!.details,
  }
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless each image has one class, and the classes are those of the training part */
function checkSingleLabels(model: DreamLIP, name: string, set: ClassificationSet, trainSet: ClassificationSet): void {
  checkClassificationSet(model, name, checkObject(name, set, 'a classification set'))
  const several = set.samples.findIndex(({ classes }) => classes.length !== 1)
  if (several >= 0) {
    throw wrongArgument(`${name}.samples[${several}].classes`, 'one class per image', set.samples[several]!.classes)
  }
  const { classes } = trainSet
  const isSame = set.classes.length === classes.length && set.classes.every((label, at) => label === classes[at])
  if (!isSame) throw wrongArgument(`${name}.classes`, 'the classes of trainSet, in the same order', set.classes)
}

/** The images that could be read. */
function rowsOf(set: ClassificationSet, { embeddings, row }: EmbeddedImages, name: string): LabelledRows {
  const labels: number[] = []
  set.samples.forEach(({ classes }, i) => {
    if (row[i]! >= 0) labels.push(classes[0]!)
  })
  if (labels.length === 0) throw wrongArgument(`${name}.samples`, 'at least one image that can be read', set.samples)
  return { data: embeddings.data, dimensions: embeddings.shape[1], labels }
}

function scoreTest(fit: LogisticModel, set: ClassificationSet, { embeddings, row }: EmbeddedImages): ClassScores {
  const scores = new Float64Array(fit.classCount)
  const scoresOf = (image: number) => {
    if (row[image]! < 0) return undefined
    scoreRow(fit, embeddings.data, row[image]! * embeddings.shape[1], scores)
    return scores
  }
  return scoreClasses(set.classes, set.samples, scoresOf, mostHard)
}
