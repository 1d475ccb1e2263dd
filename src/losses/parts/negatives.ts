/** Separates the negatives of a similarity matrix from its positives. */
import { eye, mul, type Tensor2D } from '@tensorflow/tfjs-core'

/** Used instead of -∞: it is below every logit, and differences of it are not NaN. */
const hidden = -1e30

/**
 * Returns, for a size n, the matrix that hides the positives (the diagonal) when it is added to a square matrix of logits, `[n, n]`.
 * Each size is created only once, because it is as large as the matrix of logits.
 */
export function hiddenDiagonals(): (size: number) => Tensor2D {
  const made = new Map<number, Tensor2D>()
  return (size) => {
    const diagonal = made.get(size) ?? mul<Tensor2D>(eye(size), hidden)
    made.set(size, diagonal)
    return diagonal
  }
}
