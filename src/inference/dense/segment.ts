/** Chooses a label for each pixel of an image, with SCLIP's protocol (arXiv 2312.01597): overlapping windows, softmax of 40 · cosine. */
import { checkNumber, checkObject } from '../../check-arguments'
import type { ImageInput } from '../../images/raw-image'
import type { ShapedArray } from '../../shaped-array'
import { row, type EmbeddingsLike } from '../embeddings/embeddings'
import { imageBatchSize } from '../images/embed-images'
import { checkImage } from '../images/image-list'
import type { ModelState } from '../model-state'
import { batchOptions, type SegmentOptions } from '../options'
import { classifierFor } from '../zero-shot/classify'
import type { ZeroShotClassifierLike } from '../zero-shot/zero-shot'
import { denseFeaturesFor, type DenseFeatures } from './dense-features'
import { similarityMap } from './similarity-map'

/** The factor on cosines before the softmax over labels, from SCLIP. */
const segmentationScale = 40

/** SCLIP scales the short side of an image to 336 pixels and uses windows of 224. */
const segmentationZoom = 1.5

/** The label of each pixel of an image: indices into `labels`, `[height, width]` of the image. */
export interface Segmentation extends ShapedArray<Uint16Array, [number, number]> {
  readonly labels: readonly string[]
  /** Probability of the label at each pixel, row by row. */
  readonly confidence: Float32Array
}

/** `DreamLIP.segment`. */
export async function segmentImage(
  state: ModelState,
  image: ImageInput,
  labels: readonly string[] | ZeroShotClassifierLike,
  options: SegmentOptions,
): Promise<Segmentation> {
  const { templates, long, scale = segmentationScale, ...rest } = checkObject('options', options)
  checkNumber('scale', scale, { above: 0 })
  const { signal } = batchOptions(rest, imageBatchSize)
  checkImage('image', image)
  const classifier = await classifierFor(state, labels, { templates, long, signal })
  const zoomed = Math.round(state.encoder.config.vision.imageSize * segmentationZoom)
  const features = await denseFeaturesFor(state, image, zoomed, rest)
  return segmentByLabels(features, classifier.labels, classifier.embeddings, scale)
}

/**
 * The most likely label of each pixel: softmax of `scale · cosine` over the labels. Processes one label at a time, so memory
 * does not grow with their number.
 */
export function segmentByLabels(
  features: DenseFeatures,
  labels: readonly string[],
  embeddings: EmbeddingsLike,
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
  return { labels, data, confidence: sum.map((value) => 1 / value), shape: [height, width] }
}
