/** Which entries of a similarity matrix are negatives. */
import { add, expandDims, eye, mul, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'

/** Stands for -∞: below every logit, and no NaN where it meets itself. */
const hidden = -1e30

/** The logits of a square matrix without those of its diagonal, the positives: `[n, n]`, or several, `[…, n, n]`. */
export function hidePositives<T extends Tensor>(logits: T): T {
  return add(logits, diagonal(logits.shape.at(-1)!))
}

/** The same where each column holds K logits: `[n, n, K]` */
export function hideGroupsOfPositives(logits: Tensor3D): Tensor3D {
  return add(logits, expandDims(diagonal(logits.shape[0]), -1))
}

function diagonal(size: number): Tensor2D {
  return mul(eye(size), hidden)
}
