/** Sums an image's patches for each sub-caption, weighted by their similarity to it. */
import { add, div, mul, neg, softmax, step, sub, sum, transpose, type Tensor3D } from '@tensorflow/tfjs-core'
import { amax } from '../../ops/amax'
import { l2Normalize } from '../../ops/layers/l2-normalize'
import { batchMatMul } from '../../ops/matmul'

/** How similarities become weights: scaled to [0, 1] over the patches, or their softmax. */
export type GroupingNormalization = 'minmax' | 'softmax'

/** Added to the range before the division, as in the published code. */
const epsilon = 1e-10

/** Similarities that differ by less count as equal: in float32, the cosines of equal patches may differ this much. */
const smallestRange = 1e-6

/**
 * The weighted sum of an image's patches for each of its texts, of unit length (DreamLIP, section 3.3).
 * @param patches `[B, P, C]`, of unit length
 * @param texts `[B, K, C]`, of unit length
 * @param threshold normalised similarities below it count as 0
 * @returns `[B, K, C]`
 */
export function groupPatches(
  patches: Tensor3D,
  texts: Tensor3D,
  normalization: GroupingNormalization,
  threshold: number,
): Tensor3D {
  const similarities = batchMatMul(texts, transpose(patches, [0, 2, 1])) // [B, K, P]
  const normalized = normalization === 'minmax' ? minMax(similarities) : softmax(similarities)
  return l2Normalize(batchMatMul(weightsAbove(normalized, threshold), patches)) // [B, K, C]
}

/** Scales each row to [0, 1]. Rows whose values are all equal become 0. */
function minMax(x: Tensor3D): Tensor3D {
  const lowest = neg(amax(neg(x))) // [B, K, 1]
  const range = sub(amax(x), lowest) // [B, K, 1]
  const differs = step(sub(range, smallestRange)) // [B, K, 1]
  const divisor = add(add(range, epsilon), sub(1, differs)) // [B, K, 1]
  return div(mul(sub(x, lowest), differs), divisor)
}

/** The values that reach the threshold, divided by their sum; equal weights if no value does. */
function weightsAbove(x: Tensor3D, threshold: number): Tensor3D {
  const kept = mul(x, sub(1, step(sub(threshold, x)))) // [B, K, P]
  const total = sum(kept, -1, true) // [B, K, 1]
  const isEmpty = sub(1, step(total)) // [B, K, 1]
  return div(add(kept, mul(isEmpty, 1 / x.shape[2])), add(total, isEmpty)) // [B, K, P]
}
