/** Log-sum-exps over the rows and the columns of a similarity matrix that is never held whole. */
import {
  concat,
  mul,
  split,
  stack,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { logSumExp } from '../ops/log-sum-exp'
import { matMulTransposed } from '../ops/matmul'
import { splitRows } from '../ops/pieces'
import { recompute } from '../ops/recompute'
import { hidePositives } from './negatives'

/** One number for each row and each column of a matrix. */
export interface LogSums {
  readonly byRow: Tensor1D
  readonly byColumn: Tensor1D
}

/**
 * `log Σ exp(scale · a bᵀ)` along rows and columns, in blocks of `chunkSize` rows and columns.
 * @param a `[n, width]`
 * @param b `[n, width]`
 * @param over all entries, or those off the diagonal
 */
export function logSums(
  a: Tensor2D,
  b: Tensor2D,
  scale: Scalar,
  over: 'all' | 'negatives',
  chunkSize: number,
): LogSums {
  const columns = splitRows(b, chunkSize)
  const blocks = splitRows(a, chunkSize).map((rows, i) =>
    columns.map((others, j) => blockLogSums(rows, others, scale, over === 'negatives' && i === j)),
  )
  return joinLogSums(blocks)
}

/** The sums over the whole matrix from those over its blocks, `[row of blocks][column of blocks]`. */
export function joinLogSums(blocks: readonly (readonly LogSums[])[]): LogSums {
  return {
    byRow: concat(blocks.map((row) => join(row.map(({ byRow }) => byRow)))),
    byColumn: concat(blocks[0]!.map((_, j) => join(blocks.map((row) => row[j]!.byColumn)))),
  }
}

function join(parts: readonly Tensor1D[]): Tensor1D {
  return parts.length === 1 ? parts[0]! : logSumExp(stack([...parts]), 0)
}

function blockLogSums(a: Tensor2D, b: Tensor2D, scale: Scalar, isDiagonal: boolean): LogSums {
  const both = recompute<Tensor1D, [Tensor2D, Tensor2D, Scalar]>((a, b, scale) => {
    const logits = mul<Tensor2D>(matMulTransposed(a, b), scale) // [rows, columns]
    return alongBoth(isDiagonal ? hidePositives(logits) : logits) // [rows + columns]
  })(a, b, scale)
  const [byRow, byColumn] = split(both, [a.shape[0], b.shape[0]]) as [Tensor1D, Tensor1D]
  return { byRow, byColumn }
}

/** The sums of each row, then those of each column: `[rows, columns] → [rows + columns]` */
export function alongBoth(logits: Tensor): Tensor1D {
  return concat([logSumExp<Tensor1D>(logits, 1), logSumExp<Tensor1D>(logits, 0)])
}
