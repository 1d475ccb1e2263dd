/** Counts of pixels by true and predicted class, and the figures that follow from them. */

/** Over any number of images. All arrays have an entry per class. */
export interface PixelCounts {
  /** Pixels with the class in the mask, in the prediction, and in both. */
  readonly truth: Float64Array
  readonly predicted: Float64Array
  readonly both: Float64Array
  /** `[true class, predicted class]` */
  readonly confusion: Float64Array
}

export interface PixelFigures {
  /** Intersection over union by class; `null` if a class neither occurs nor is predicted. */
  readonly iou: readonly (number | null)[]
  /** The mean over the classes that occur or are predicted. */
  readonly meanIoU: number | null
  /** The share of labelled pixels that get the right class. */
  readonly pixelAccuracy: number | null
  /** The mean over the classes that occur of the share of their pixels that get the right class. */
  readonly meanAccuracy: number | null
}

export function createPixelCounts(classes: number): PixelCounts {
  return {
    truth: new Float64Array(classes),
    predicted: new Float64Array(classes),
    both: new Float64Array(classes),
    confusion: new Float64Array(classes * classes),
  }
}

/**
 * Adds an image, by mmsegmentation's rule (`IoUMetric.intersect_and_union`): pixels with the index `ignored` do not count. A pixel
 * with another index that is not a class counts as predicted, but as a true pixel of no class.
 * @param prediction a class for each pixel; undefined for an image that cannot be read, whose labelled pixels all count as wrong
 * @returns the number of pixels whose index is neither a class nor `ignored`
 */
export function addPixels(
  counts: PixelCounts,
  mask: ArrayLike<number>,
  prediction: ArrayLike<number> | undefined,
  ignored: number,
): number {
  const classes = counts.truth.length
  let unknown = 0
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const truth = mask[pixel]!
    if (truth === ignored) continue
    const predicted = prediction?.[pixel]
    if (predicted !== undefined) counts.predicted[predicted]!++
    if (truth >= classes) unknown++
    else {
      counts.truth[truth]!++
      if (predicted === truth) counts.both[truth]!++
      if (predicted !== undefined) counts.confusion[truth * classes + predicted]!++
    }
  }
  return unknown
}

/** Adds the counts of other images. */
export function mergeCounts(into: PixelCounts, from: PixelCounts): void {
  for (const name of ['truth', 'predicted', 'both', 'confusion'] as const)
    from[name].forEach((count, i) => (into[name][i]! += count))
}

/** Mean IoU and accuracies, as mmsegmentation's `mIoU`, `aAcc` and `mAcc` (in percent there). */
export function pixelFigures({ truth, predicted, both }: PixelCounts): PixelFigures {
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : null)
  const iou = Array.from(both, (right, label) => share(right, truth[label]! + predicted[label]! - right))
  const accuracy = Array.from(both, (right, label) => share(right, truth[label]!))
  return {
    iou,
    meanIoU: meanOf(iou),
    pixelAccuracy: share(total(both), total(truth)),
    meanAccuracy: meanOf(accuracy),
  }
}

/** The mean of the values that exist. */
function meanOf(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null)
  return present.length > 0 ? present.reduce((sum, value) => sum + value, 0) / present.length : null
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
