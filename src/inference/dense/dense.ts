/** Dense use of the model: how well each place of an image matches a text. */
import type { RawImage } from '../../images/raw-image'
import type { ShapedArray } from '../../shaped-array'
import { row, type Embeddings } from '../embeddings'
import { mergeWindows, type WindowPlan } from './sliding-windows'

/** Patch tokens of all windows of one image, projected into the embedding space, of unit length. */
export interface DenseFeatures {
  readonly plan: WindowPlan
  /** Patches of a window: `[rows, columns]`. */
  readonly grid: readonly [number, number]
  /** `[windows, rows · columns, dimensions]` */
  readonly patches: Float32Array
}

/**
 * Where in the image a text is found: the cosine between text and image at each pixel, `[height, width]` of the image. Cosines are
 * in [-1, 1] and comparable between the maps of one image.
 */
export interface HeatMap extends ShapedArray<Float32Array, readonly [number, number]> {
  readonly text: string
}

/** Which label each pixel of an image belongs to: indices into `labels`, `[height, width]` of the image. */
export interface Segmentation extends ShapedArray<Uint16Array, readonly [number, number]> {
  readonly labels: readonly string[]
  /** Probability of the label at each pixel, row by row. */
  readonly confidence: Float32Array
}

/** Cosines between one text and every pixel: `[height, width]` of the image. */
export function similarityMap(features: DenseFeatures, text: Float32Array): Float32Array {
  const { patches, plan, grid } = features
  const dimensions = text.length
  const cosines = new Float32Array(patches.length / dimensions) // [windows, rows · columns]
  for (let p = 0; p < cosines.length; p++) {
    let sum = 0
    for (let d = 0; d < dimensions; d++) sum += patches[p * dimensions + d]! * text[d]!
    cosines[p] = sum
  }
  return mergeWindows(plan, cosines, grid)
}

/**
 * The likeliest label of each pixel: softmax of `scale · cosine` over the labels (SCLIP uses a scale of 40).
 * Labels are taken one at a time, so that memory does not grow with their number.
 */
export function segmentByLabels(
  features: DenseFeatures,
  labels: readonly string[],
  embeddings: Embeddings,
  scale: number,
): Segmentation {
  const [height, width] = features.plan.image
  const best = new Float32Array(height * width).fill(-Infinity)
  const sum = new Float32Array(height * width)
  const data = new Uint16Array(height * width)
  labels.forEach((_, label) => {
    similarityMap(features, row(embeddings, label)).forEach((cosine, i) => {
      if (cosine > best[i]!) {
        // The running sum is relative to the best so far.
        sum[i] = sum[i]! * Math.exp(scale * (best[i]! - cosine)) + 1
        best[i] = cosine
        data[i] = label
      } else {
        sum[i]! += Math.exp(scale * (cosine - best[i]!))
      }
    })
  })
  return { labels, data, confidence: sum.map((value) => 1 / value), shape: features.plan.image }
}

/** Cuts one window out of an RGB image. */
export function cutWindow(image: RawImage, [top, left]: readonly [number, number], size: number): Uint8Array {
  const rowBytes = size * 3
  const window = new Uint8Array(size * rowBytes) // [size, size, 3]
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * image.width + left) * 3
    window.set(image.data.subarray(from, from + rowBytes), y * rowBytes)
  }
  return window
}
