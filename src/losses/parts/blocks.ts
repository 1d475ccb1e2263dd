/** Computes similarity matrices in blocks, so that a whole matrix is never in memory. */
import { split, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
import { splitRows } from '../../ops/pieces'
import { recomputeInTurn, type Call } from '../../ops/recompute'

/** The computation of a block. */
export interface BlockCall extends Call<Tensor1D> {
  /** The lengths of the parts of its result. */
  readonly sizes: readonly number[]
}

/**
 * Computes something for each block of rows and columns, one block after the other, forward and backward.
 * @param a the features of the rows, `[n, …]`
 * @param b the features of the columns, `[n, …]`
 * @param callOf the computation for the block in row i and column j; the positives are in the blocks where i equals j
 * @returns the parts of its results, `[row of blocks][column of blocks][part]`
 */
export function eachBlock<B extends Tensor = Tensor2D>(
  a: Tensor2D,
  b: B,
  chunkSize: number,
  callOf: (rows: Tensor2D, columns: B, i: number, j: number) => BlockCall,
): Tensor1D[][][] {
  const columns = splitRows(b, chunkSize)
  const calls = splitRows(a, chunkSize).map((rows, i) => columns.map((some, j) => callOf(rows, some, i, j)))
  const sizes = calls.flat().flatMap((call) => call.sizes)
  const results = recomputeInTurn(calls.flat())
  // tfjs's tape keeps the array that `split` returns, so this uses a copy.
  const parts = sizes.length === 1 ? [results] : [...split<Tensor1D>(results, sizes)]
  return calls.map((row) => row.map((call) => parts.splice(0, call.sizes.length)))
}
