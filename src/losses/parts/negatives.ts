/** Which entries of a similarity matrix are negatives. */
import { eye, mul, type Tensor2D } from '@tensorflow/tfjs-core'

/** Stands for -∞: below every logit, and no NaN where it meets itself. */
const hidden = -1e30

/**
 * What hides the positives, the diagonal of a square matrix of logits, when it is added: by the matrix's size, `[n, n]`. Each size is
 * made once: it is as large as the matrix.
 */
export function hiddenDiagonals(): (size: number) => Tensor2D {
  const made = new Map<number, Tensor2D>()
  return (size) => {
    const diagonal = made.get(size) ?? mul<Tensor2D>(eye(size), hidden)
    made.set(size, diagonal)
    return diagonal
  }
}
