/** The texts that FLAIR's loss compares an image with: its own, and one of each other image. */
import { cast, equal, expandDims, floorDiv, mul, range, scalar, sub, type Tensor2D } from '@tensorflow/tfjs-core'
import type { Random } from '../../random'

/**
 * Draws the texts for each of B images with K texts each: its own K, and one random text of each other image.
 * @returns `[B, K + B - 1]`, row by row: indices into the B · K texts, in ascending order
 */
export function drawTexts(B: number, K: number, random: Random): Int32Array {
  const indices: number[] = []
  for (let image = 0; image < B; image++) {
    for (let other = 0; other < B; other++) {
      if (other !== image) indices.push(other * K + Math.floor(random.uniform() * K))
      else for (let k = 0; k < K; k++) indices.push(image * K + k)
    }
  }
  return Int32Array.from(indices) // [B, K + B - 1]
}

/** -1 where a drawn text is the image's own, 1 for all others: `[B, drawn] → [B, drawn]`. */
export function ownershipSigns(drawn: Tensor2D, K: number): Tensor2D {
  const image = expandDims(range(0, drawn.shape[0], 1, 'int32'), 1) // [B, 1]
  const isOwn = cast(equal(floorDiv(drawn, scalar(K, 'int32')), image), 'float32') // [B, drawn]
  return sub(1, mul(isOwn, 2))
}
