/** Which entries of a similarity matrix are negatives. */
import { add, eye, mul, type Tensor } from '@tensorflow/tfjs-core'

/** Stands for -∞: below every logit, and no NaN where it meets itself. */
const hidden = -1e30

/** The logits of a square matrix (or of several, `[…, n, n]`) without those of its diagonal, the positives. */
export function hidePositives<T extends Tensor>(logits: T): T {
  return add(logits, mul(eye(logits.shape.at(-1)!), hidden))
}
