/** Evaluates segmentation without training: labels are matched with patches, and the result is compared with true masks. */
import type { DreamLIP } from '../../dreamlip'
import { checkList, checkObject, checkWhole, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { ImageInput } from '../../images/raw-image'
import { row } from '../../inference/embeddings/embeddings'
import { batchOptions, type SegmentOptions } from '../../inference/options'
import { toClassifier, type ZeroShotClassifierLike } from '../../inference/zero-shot/zero-shot'
import type { ShapedArray } from '../../shaped-array'
import { checkSamples } from '../check-samples'
import { isShape } from '../../shape'

/** An image and the label of each of its pixels. */
export interface MaskedImage {
  readonly image: ImageInput
  /** The index of a label for each pixel, `[height, width]` of the image. Pixels with an index beyond the labels do not count. */
  readonly mask: ShapedArray<ArrayLike<number>, readonly [number, number]>
  /** The indices of the labels that are possible for this image; default all. */
  readonly candidates?: readonly number[]
}

export interface SegmentationResult {
  /** Intersection over union, counted over all images together, and averaged over the labels that occur (as in PASCAL VOC). */
  readonly meanIoU: number
  /** The share of counted pixels that get the right label. */
  readonly pixelAccuracy: number
  /** Intersection over union of each label; NaN if a label neither occurs nor is predicted. */
  readonly iou: Readonly<Record<string, number>>
}

/**
 * Compares `model.segment` with true masks, by mean intersection over union.
 * @param labels class names, including one for the background, or a classifier from `buildZeroShotClassifier`
 * @param options as in `model.segment`
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no sample, a mask differs in size from its image, or a candidate is unknown
 */
export async function evaluateSegmentation(
  model: DreamLIP,
  samples: readonly MaskedImage[],
  labels: readonly string[] | ZeroShotClassifierLike,
  options: SegmentOptions = {},
): Promise<SegmentationResult> {
  const { templates, long, ...batches } = checkObject('options', options)
  checkSamples(model, samples, 'images with their masks')
  samples.forEach(({ mask }, i) => checkMask(`samples[${i}].mask`, mask))
  batchOptions(batches, 1)
  const classifier = await toClassifier(model, labels, { templates, long, signal: options.signal })
  const counts = createCounts(classifier.labels.length)
  const all = classifier.labels.map((_, label) => label)
  for (const [i, { image, mask, candidates = all }] of samples.entries()) {
    options.signal?.throwIfAborted()
    const segmented = await model.segment(image, among(classifier, candidates, i), {
      ...batches,
      onProgress: undefined,
    })
    const [height, width] = segmented.shape
    if (mask.shape[0] !== height || mask.shape[1] !== width || mask.data.length !== height * width) {
      throw new DreamLIPError(
        'INVALID_ARGUMENT',
        `samples[${i}].mask: expected the size of its image, ${height} × ${width}; ` +
          `got ${mask.shape.join(' × ')} with ${mask.data.length} values.`,
      )
    }
    counts.add(mask.data, (pixel) => candidates[segmented.data[pixel]!]!)
    options.onProgress?.({ stage: 'images', done: i + 1, total: samples.length })
  }
  return counts.result(classifier.labels)
}

function checkMask(name: string, mask: MaskedImage['mask']): void {
  const { data, shape } = checkObject(name, mask, 'a mask { data, shape }')
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) throw wrongArgument(`${name}.data`, 'an array of labels', data)
  if (!isShape(shape, 2)) throw wrongArgument(`${name}.shape`, '[height, width]', shape)
}

/** The classifier's rows of some labels. */
function among({ labels, embeddings }: ZeroShotClassifierLike, candidates: readonly number[], i: number) {
  const name = `samples[${i}].candidates`
  if (checkList(name, candidates, 'an array of indices').length === 0) {
    throw wrongArgument(name, `indices of the ${labels.length} labels`, candidates)
  }
  Array.from(candidates).forEach((label) => checkWhole(name, label, 0, labels.length - 1))
  const dimensions = embeddings.shape[1]
  const data = new Float32Array(candidates.length * dimensions) // [candidates, dimensions]
  candidates.forEach((label, to) => data.set(row(embeddings, label), to * dimensions))
  return {
    labels: candidates.map((label) => labels[label]!),
    embeddings: { data, shape: [candidates.length, dimensions] as const },
  }
}

/** For each label, over all images: how many pixels have it, how many are predicted to have it, and how many both. */
function createCounts(labels: number) {
  const [truth, predicted, both] = [new Float64Array(labels), new Float64Array(labels), new Float64Array(labels)]
  return {
    add(mask: ArrayLike<number>, predictionAt: (pixel: number) => number): void {
      for (let pixel = 0; pixel < mask.length; pixel++) {
        const label = mask[pixel]!
        if (!(label < labels)) continue
        const prediction = predictionAt(pixel)
        truth[label]!++
        predicted[prediction]!++
        if (prediction === label) both[label]!++
      }
    },
    result(names: readonly string[]): SegmentationResult {
      const iou = names.map((_, label) => both[label]! / (truth[label]! + predicted[label]! - both[label]!))
      const occurring = iou.filter((_, label) => truth[label]! > 0)
      const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0)
      return {
        meanIoU: total(occurring) / occurring.length,
        pixelAccuracy: total(both) / total(truth),
        iou: Object.fromEntries(names.map((name, label) => [name, iou[label]!])),
      }
    },
  }
}
