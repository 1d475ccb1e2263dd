/** Similarity matrices cut into blocks, so that none is held whole. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { splitRows } from '../ops/pieces'
import { recomputeInTurn, type Call } from '../ops/recompute'

/**
 * Something computed of each block of rows and columns, one block after another, forward and backward.
 * @param a the features of the rows, `[n, …]`
 * @param b the features of the columns, `[n, …]`
 * @param callOf the computation of row i and column j of blocks; the positives lie in those where i is j
 * @returns its results, `[row of blocks][column of blocks]`
 */
export function eachBlock<T extends Tensor, B extends Tensor = Tensor2D>(
  a: Tensor2D,
  b: B,
  chunkSize: number,
  callOf: (rows: Tensor2D, columns: B, i: number, j: number) => Call<T>,
): T[][] {
  const columns = splitRows(b, chunkSize)
  const calls = splitRows(a, chunkSize).flatMap((rows, i) => columns.map((some, j) => callOf(rows, some, i, j)))
  const results = recomputeInTurn(calls)
  return Array.from({ length: results.length / columns.length }, (_, i) =>
    results.slice(i * columns.length, (i + 1) * columns.length),
  )
}
