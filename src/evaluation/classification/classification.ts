/** Zero-shot classification of a labelled set of images. */
import type { DreamLIP } from '../../dreamlip'
import { checkObject, wrongArgument } from '../../check-arguments'
import type { ImageInput } from '../../images/raw-image'
import { row } from '../../inference/embeddings/embeddings'
import { batchOptions, type ClassifyOptions } from '../../inference/options'
import {
  checkLabels,
  isClassifier,
  toClassifier,
  type ZeroShotClassifierLike,
} from '../../inference/zero-shot/zero-shot'
import { checkSamples } from '../check-samples'
import { recallAt } from '../retrieval/recall'
import { countClasses, meanOfClasses, rankOfClass } from './class-scores'

/** An image and its label. */
export interface LabelledImage {
  readonly image: ImageInput
  readonly label: string
}

export interface ClassificationResult {
  /** The share of images whose label comes first, and whose label is among the first five. */
  readonly top1: number
  readonly top5: number
  /** The mean of the `top1` of each label. Each label counts the same, however many images it has. */
  readonly meanPerClass: number
}

/**
 * Measures the accuracy of zero-shot classification.
 * @param labels all labels that an image may have, or a classifier from `buildZeroShotClassifier`
 * @param options `templates`, `long`, `batchSize`, `signal`, `onProgress` as in `model.classify`
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no sample, or if the label of a sample is not among the labels
 */
export async function evaluateClassification(
  model: DreamLIP,
  samples: readonly LabelledImage[],
  labels: readonly string[] | ZeroShotClassifierLike,
  options: Omit<ClassifyOptions, 'topK'> = {},
): Promise<ClassificationResult> {
  const { templates, long, ...batches } = checkObject('options', options)
  checkSamples(model, samples, 'images with one label each')
  batchOptions(batches, 1)
  const names = isClassifier(labels) ? labels.labels : labels
  checkLabels('labels', names)
  const unknown = samples.findIndex(({ label }) => !names.includes(label))
  if (unknown >= 0) throw wrongArgument(`samples[${unknown}].label`, 'one of the labels', samples[unknown]!.label)
  const classifier = await toClassifier(model, labels, { templates, long, signal: options.signal })
  const cosines = await model.similarity(
    samples.map(({ image }) => image),
    classifier.embeddings,
    batches,
  )
  const truth = samples.map(({ label }) => ({ classes: [names.indexOf(label)] }))
  const ranks = truth.map(({ classes }, i) => rankOfClass(row(cosines, i), new Set(classes)))
  const { 1: top1, 5: top5 } = recallAt(ranks, [1, 5]) as { 1: number; 5: number }
  return { top1, top5, meanPerClass: meanOfClasses(countClasses(names.length, truth, ranks)) }
}
