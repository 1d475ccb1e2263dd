/** Sums over rows: the gradients of vectors that were added to every row. */
import { reshape, sum, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
import { fused } from './fused'

/** `[…, width] → [width]`. Without a gradient. */
export function sumRows(x: Tensor): Tensor1D {
  const rows = reshape(x, [-1, x.shape.at(-1)!]) as Tensor2D // [rows, width]
  return fused('DreamLIPSumRows', { x: rows }, {}, () => sum(rows, 0))
}
