/** Scaled dot-product attention over several heads. */
import {
  add,
  mul,
  reshape,
  softmax,
  tidy,
  transpose,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { batchMatMul } from './matmul'

/**
 * `softmax(q kᵀ / √headWidth + mask) v` for each head, as PyTorch's `F.scaled_dot_product_attention`.
 * @param q `[batch, queries, width]`, the heads beside each other in `width`
 * @param k `[batch, keys, width]`
 * @param v `[batch, keys, width]`
 * @param mask added to the scores; of a shape that broadcasts to `[batch, heads, queries, keys]`
 * @returns `[batch, queries, width]`
 */
export function attention(q: Tensor3D, k: Tensor3D, v: Tensor3D, heads: number, mask?: Tensor): Tensor3D {
  const [batch, queries, width] = q.shape
  const headWidth = width / heads
  const weights = tidy(() => {
    const scores = batchMatMul(
      splitHeads(mul(q, headWidth ** -0.5), heads, [0, 2, 1, 3]), // [batch · heads, queries, headWidth]
      splitHeads(k, heads, [0, 2, 3, 1]), // [batch · heads, headWidth, keys]
    ) // [batch · heads, queries, keys]
    return softmax(mask ? addMask(scores, heads, mask) : scores)
  })
  const mixed = batchMatMul(weights, splitHeads(v, heads, [0, 2, 1, 3])) // [batch · heads, queries, headWidth]
  const byHead = reshape(mixed, [batch, heads, queries, headWidth]) // [batch, heads, queries, headWidth]
  return reshape(transpose(byHead, [0, 2, 1, 3]), [batch, queries, width]) // [batch, queries, width]
}

/** `[batch, tokens, width] → [batch, tokens, heads, headWidth]`, the axes reordered, then the first two joined. */
function splitHeads(x: Tensor3D, heads: number, order: number[]): Tensor3D {
  const [batch, tokens, width] = x.shape
  const split = reshape(x, [batch, tokens, heads, width / heads]) as Tensor4D // [batch, tokens, heads, headWidth]
  const ordered = transpose(split, order) // [batch, heads, rows, columns]
  return reshape(ordered, [batch * heads, ordered.shape[2], ordered.shape[3]]) // [batch · heads, rows, columns]
}

function addMask(scores: Tensor3D, heads: number, mask: Tensor): Tensor3D {
  const [entries, queries, keys] = scores.shape
  const byHead = reshape(scores, [entries / heads, heads, queries, keys]) // [batch, heads, queries, keys]
  return reshape(add(byHead, mask), scores.shape) // [batch · heads, queries, keys]
}
