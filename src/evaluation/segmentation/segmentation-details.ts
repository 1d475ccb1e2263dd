/** The details of a segmentation report: classes, confusions and the worst images. */
import type { Details } from '../task/result'
import type { SegmentationSet } from '../datasets/data-set'
import type { PixelCounts } from './pixel-counts'

/** The result of one image. */
export interface SegmentedScore {
  readonly id: string
  readonly image?: string
  /** The share of its labelled pixels that are right. */
  readonly accuracy: number
  /** Its most frequent mistake, as indices of classes; `predicted` is -1 if the image could not be compared with its mask. */
  readonly truth: number
  readonly predicted: number
}

/** Reports name this many of the worst images, and of the most frequent confusions. */
const worstImages = 24
const mostConfusions = 400

export function segmentationDetails(
  { classes }: SegmentationSet,
  { truth, confusion }: PixelCounts,
  iou: readonly (number | null)[],
  scores: readonly SegmentedScore[],
): Details {
  const names = classes.map(([name]) => name!)
  const pairs = [...confusion].map((count, at) => [Math.floor(at / names.length), at % names.length, count] as const)
  return {
    perClass: names.map((name, label) => ({ name, value: iou[label]!, count: truth[label]! })),
    confusion: {
      classes: names,
      counts: pairs
        .filter(([, , count]) => count > 0)
        .sort((a, b) => b[2] - a[2])
        .slice(0, mostConfusions),
    },
    hardest: [...scores]
      .sort((a, b) => a.accuracy - b.accuracy)
      .slice(0, worstImages)
      .map(({ id, image, accuracy, truth: expected, predicted }) => ({
        id,
        ...(image !== undefined && { image }),
        expected: names[expected] ?? '',
        predicted: names[predicted] ?? 'not compared',
        severity: 1 - accuracy,
      })),
  }
}
