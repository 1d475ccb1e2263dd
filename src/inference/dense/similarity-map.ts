/** Computes how well each place in an image matches a text. */
import type { DenseFeatures } from './dense-features'
import { mergeWindows } from './sliding-windows'

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
