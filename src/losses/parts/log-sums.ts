/** Log-sum-exps over the rows and columns of a similarity matrix, without the whole matrix in memory. */
import { add, concat, stack, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
import { logSumExp } from '../../ops/log-sum-exp'
import { matMulTransposed } from '../../ops/matmul'
import { eachBlock } from './blocks'

/** One number for each row and each column of a matrix. */
export interface LogSums {
  readonly byRow: Tensor1D
  readonly byColumn: Tensor1D
}

/**
 * `log Σ exp(a bᵀ)` along rows and columns, in blocks of `chunkSize` rows and columns.
 * @param a `[n, width]`
 * @param b `[n, width]`
 * @param diagonalOf returns the matrix to add to the square blocks on the diagonal, for their size; default none
 */
export function logSums(a: Tensor2D, b: Tensor2D, chunkSize: number, diagonalOf?: (size: number) => Tensor2D): LogSums {
  const blocks = eachBlock(a, b, chunkSize, (rows, columns, i, j) => ({
    fn: (a: Tensor2D, b: Tensor2D, diagonal?: Tensor2D) => {
      const logits = matMulTransposed(a, b) // [rows, columns]
      return alongBoth(diagonal ? add(logits, diagonal) : logits) // [rows + columns]
    },
    inputs: [rows, columns],
    constants: diagonalOf && i === j ? [diagonalOf(rows.shape[0])] : [],
    sizes: [rows.shape[0], columns.shape[0]],
  }))
  return joinLogSums(blocks)
}

/** Combines the sums along the rows and columns of blocks, `[row of blocks][column of blocks]`, to those of the whole matrix. */
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
