/** Log-sum-exps over the rows and the columns of a similarity matrix that is never held whole. */
import { concat, mul, stack, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
import { logSumExp } from '../ops/log-sum-exp'
import { matMulTransposed } from '../ops/matmul'
import { eachBlock } from './blocks'
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
  const blocks = eachBlock(a, b, chunkSize, (rows, columns, i, j) => ({
    fn: (a: Tensor2D, b: Tensor2D, scale: Scalar) => {
      const logits = mul<Tensor2D>(matMulTransposed(a, b), scale) // [rows, columns]
      return alongBoth(over === 'negatives' && i === j ? hidePositives(logits) : logits) // [rows + columns]
    },
    inputs: [rows, columns, scale],
    sizes: [rows.shape[0], columns.shape[0]],
  }))
  return joinLogSums(blocks)
}

/** The sums over a matrix from those along the rows and the columns of its blocks, `[row of blocks][column of blocks]`. */
export function joinLogSums(blocks: readonly (readonly (readonly Tensor1D[])[])[]): LogSums {
  return {
    byRow: concat(blocks.map((row) => join(row.map(([byRow]) => byRow!)))),
    byColumn: concat(blocks.map((_, j) => join(blocks.map((row) => row[j]![1]!)))),
  }
}

function join(parts: readonly Tensor1D[]): Tensor1D {
  return parts.length === 1 ? parts[0]! : logSumExp(stack([...parts]), 0)
}

/** The sums of each row, then those of each column: `[rows, columns] → [rows + columns]` */
export function alongBoth(logits: Tensor): Tensor1D {
  return concat([logSumExp<Tensor1D>(logits, 1), logSumExp<Tensor1D>(logits, 0)])
}
