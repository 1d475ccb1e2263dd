/** The two cross entropies of CLIP: of each row of a similarity matrix with its positive, and of each column. */
import {
  add,
  concat,
  mean,
  mul,
  split,
  stack,
  sub,
  sum,
  transpose,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { logSumExp } from '../ops/log-sum-exp'
import { batchMatMul, matMulTransposed } from '../ops/matmul'
import { splitRows } from '../ops/pieces'
import { recompute } from '../ops/recompute'
import { softplus } from '../ops/softplus'
import { hidePositives } from './negatives'

/**
 * The mean over both directions of the cross entropies of `scale · a bᵀ`, where row i of `a` belongs to row i of `b`.
 * The matrix is computed in blocks of `chunkSize` rows and columns, and never held whole.
 * @param a `[n, width]`
 * @param b `[n, width]`
 */
export function symmetricCrossEntropy(a: Tensor2D, b: Tensor2D, scale: Scalar, chunkSize: number): Scalar {
  const columns = splitRows(b, chunkSize)
  const blocks = splitRows(a, chunkSize).map((rows, i) =>
    columns.map((others, j) => blockLogSums(rows, others, scale, i === j)),
  )
  const byRow = blocks.map((row) => joinLogSums(row.map(([ofRows]) => ofRows)))
  const byColumn = columns.map((_, j) => joinLogSums(blocks.map((row) => row[j]![1])))
  return crossEntropies(concat(byRow), concat(byColumn), positives(a, b, scale))
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

/** The logarithms of the sums over one block's negatives, along each row and each column: `[rows]`, `[columns]`. */
function blockLogSums(a: Tensor2D, b: Tensor2D, scale: Scalar, isDiagonal: boolean): [Tensor1D, Tensor1D] {
  const both = recompute<Tensor1D, [Tensor2D, Tensor2D, Scalar]>((a, b, scale) => {
    const logits = mul(matMulTransposed(a, b), scale) // [rows, columns]
    const negatives = isDiagonal ? hidePositives(logits) : logits
    return concat([logSumExp<Tensor1D>(negatives, 1), logSumExp<Tensor1D>(negatives, 0)]) // [rows + columns]
  })(a, b, scale)
  return split(both, [a.shape[0], b.shape[0]]) as [Tensor1D, Tensor1D]
}

/** The sums over all blocks from those over each. */
function joinLogSums(parts: readonly Tensor1D[]): Tensor1D {
  return parts.length === 1 ? parts[0]! : logSumExp(stack([...parts]), 0)
}
