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
import { addAll } from '../../ops/add-all'
import { logSumExp } from '../../ops/log-sum-exp'
import { batchMatMul } from '../../ops/matmul'
import { softplus } from '../../ops/softplus'
import { logSums } from './log-sums'
import { hiddenDiagonals } from './negatives'

/**
 * The mean over both directions, and over several `b`, of the cross entropies of `scale · a bᵀ`, where row i of `a` belongs to row i
 * of `b`. The matrices are computed in blocks of `chunkSize` rows and columns, and are never in memory as a whole.
 * @param a `[n, width]`
 * @param bs each `[n, width]`
 */
export function symmetricCrossEntropy(a: Tensor2D, bs: readonly Tensor2D[], scale: Scalar, chunkSize: number): Scalar {
  const scaled = mul<Tensor2D>(a, scale) // scaling the features is cheaper than scaling the matrix, and rounds less
  const diagonalOf = hiddenDiagonals()
  const losses = bs.map((b) => {
    const { byRow, byColumn } = logSums(scaled, b, chunkSize, diagonalOf)
    return crossEntropies(byRow, byColumn, positives(scaled, b))
  })
  return mul(addAll(losses), 1 / losses.length)
}

/** The same for several small matrices; returns their mean. `a`, `b`: `[groups, n, width]` */
export function groupedCrossEntropy(a: Tensor3D, b: Tensor3D, scale: Scalar): Scalar {
  const scaled = mul<Tensor3D>(a, scale)
  const logits = batchMatMul(scaled, transpose(b, [0, 2, 1])) // [groups, n, n]
  const negatives = add(logits, hiddenDiagonals()(b.shape[1])) // [groups, n, n]
  return crossEntropies(logSumExp(negatives, -1), logSumExp(negatives, -2), positives(scaled, b))
}

/** The logits of the pairs that belong together: `[…, n, width] → […, n]` */
function positives(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), -1)
}

function crossEntropies(byRow: Tensor, byColumn: Tensor, positives: Tensor): Scalar {
  return mul(mean(add(crossEntropy(byRow, positives), crossEntropy(byColumn, positives))), 0.5)
}

/**
 * The cross entropy, from the logits of the positives and the log-sum-exps of the negatives.
 * `-log(exp(p) / (exp(p) + Σ exp(negatives)))` equals `softplus(log Σ exp(negatives) - p)`, which is more exact near zero than a
 * difference of two logits.
 */
export function crossEntropy<T extends Tensor>(negatives: T, positives: T): T {
  return softplus(sub(negatives, positives))
}
