/** The two cross entropies of CLIP: of each row of a similarity matrix with its positive, and of each column. */
import {
  add,
  mean,
  mul,
  sub,
  sum,
  transpose,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { logSumExp } from '../ops/log-sum-exp'
import { batchMatMul } from '../ops/matmul'
import { softplus } from '../ops/softplus'
import { logSums } from './log-sums'
import { hidePositives } from './negatives'

/**
 * The mean over both directions of the cross entropies of `scale · a bᵀ`, where row i of `a` belongs to row i of `b`.
 * The matrix is computed in blocks of `chunkSize` rows and columns, and never held whole.
 * @param a `[n, width]`
 * @param b `[n, width]`
 */
export function symmetricCrossEntropy(a: Tensor2D, b: Tensor2D, scale: Scalar, chunkSize: number): Scalar {
  const { byRow, byColumn } = logSums(a, b, scale, 'negatives', chunkSize)
  return crossEntropies(byRow, byColumn, positives(a, b, scale))
}

/** The same for each of several small matrices: the mean over them. `a`, `b`: `[groups, n, width]` */
export function groupedCrossEntropy(a: Tensor3D, b: Tensor3D, scale: Scalar): Scalar {
  const logits = mul(batchMatMul(a, transpose(b, [0, 2, 1])), scale) // [groups, n, n]
  const negatives = hidePositives(logits)
  return crossEntropies(logSumExp(negatives, -1), logSumExp(negatives, -2), positives(a, b, scale))
}

/** Logits of what belongs together: `[…, n, width] → […, n]` */
function positives(a: Tensor, b: Tensor, scale: Scalar): Tensor {
  return mul(sum(mul(a, b), -1), scale)
}

/**
 * `-log(exp(p) / (exp(p) + Σ exp(negatives)))` is `softplus(log Σ exp(negatives) - p)`: near zero, where a difference of two
 * logits would have lost its digits, this keeps them.
 */
function crossEntropies(byRow: Tensor, byColumn: Tensor, positives: Tensor): Scalar {
  return mul(mean(add(softplus(sub(byRow, positives)), softplus(sub(byColumn, positives)))), 0.5)
}
