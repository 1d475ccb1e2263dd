/** Draws a segmentation over its image, with one colour per label, and its legend. */
import { checkObject, checkStrings, wrongArgument } from '../check-arguments'
import { hexColor, type Color } from './color-map'
import { checkOpacity, checkSameSize, checkShape, overlay } from './heat-map'
import { labelColors } from './label-colors'
import type { RawImage } from '../images/raw-image'
import type { ShapedArray } from '../shaped-array'

/** The index of a label for each pixel, `[height, width]`, such as the `Segmentation`s of `DreamLIP.segment`. */
export interface LabelMap extends ShapedArray<Uint16Array, readonly [number, number]> {
  readonly labels: readonly string[]
}

/** The meaning of a colour in the picture. */
export interface LegendEntry {
  readonly label: string
  /** `#rrggbb` before it is mixed with the image. */
  readonly color: string
  /** The share of the image that has this label, from 0 to 1. */
  readonly share: number
}

/**
 * Draws a segmentation over its image.
 * @param image the decoded image that was segmented
 * @param options `opacity` of the colour, from 0 to 1; default 0.6
 * @returns an RGB image of the same size
 * @throws DreamLIPError `INVALID_ARGUMENT` if the sizes differ or the opacity is out of range
 */
export function drawSegmentation(
  image: RawImage,
  segmentation: LabelMap,
  options: { readonly opacity?: number } = {},
): RawImage {
  checkLabelMap('segmentation', segmentation)
  checkShape('segmentation.shape', segmentation.shape)
  const { opacity = 0.6 } = checkObject('options', options)
  checkSameSize(image, segmentation.shape)
  checkOpacity(opacity)
  const colors: readonly Color[] = labelColors(segmentation.labels.length)
  if (segmentation.data.length !== image.width * image.height) {
    throw wrongArgument(
      'segmentation.data',
      `${image.width} × ${image.height} indices, as its shape says`,
      segmentation.data,
    )
  }
  return overlay(image, opacity, (pixel) => colors[segmentation.data[pixel]!]!)
}

/** The labels with their colours in `drawSegmentation`'s picture and their shares of the image, in the order of `labels`. */
export function segmentationLegend(segmentation: Pick<LabelMap, 'labels' | 'data'>): LegendEntry[] {
  checkLabelMap('segmentation', segmentation)
  const { labels, data } = segmentation
  const counts = new Uint32Array(labels.length)
  for (const label of data) counts[label]!++
  const colors = labelColors(labels.length)
  return labels.map((label, i) => ({ label, color: hexColor(colors[i]!), share: counts[i]! / data.length }))
}

/** @throws DreamLIPError `INVALID_ARGUMENT` unless every index belongs to a label */
function checkLabelMap(name: string, map: Pick<LabelMap, 'labels' | 'data'>): void {
  const { labels, data } = checkObject(name, map, 'a segmentation { labels, data, shape }')
  checkStrings(`${name}.labels`, labels)
  if (!(data instanceof Uint16Array)) throw wrongArgument(`${name}.data`, 'a Uint16Array', data)
  const wrong = data.findIndex((label) => label >= labels.length)
  if (wrong >= 0) throw wrongArgument(`${name}.data[${wrong}]`, `an index of the ${labels.length} labels`, data[wrong])
}
