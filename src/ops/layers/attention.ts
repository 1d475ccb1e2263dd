/** Scaled dot-product attention over several heads. */
import {
  add,
  mean,
  mul,
  reshape,
  softmax,
  sub,
  sum,
  tidy,
  transpose,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { differentiable, fused } from '../fused'
import { batchMatMul } from '../matmul'

/**
 * `softmax(q kᵀ / √headWidth + mask) v` for each head, like PyTorch's `F.scaled_dot_product_attention`.
 * @param q `[batch, queries, width]`; `width` is the concatenation of the heads
 * @param k `[batch, keys, width]`
 * @param v `[batch, keys, width]`
 * @param mask added to the scores, without a gradient; its shape must broadcast to `[batch, heads, queries, keys]`
 * @returns `[batch, queries, width]`
 */
export function attention(q: Tensor3D, k: Tensor3D, v: Tensor3D, heads: number, mask?: Tensor): Tensor3D {
  return differentiable<Tensor3D, [Tensor3D, Tensor3D, Tensor3D]>(
    (q, k, v) =>
      fused('DreamLIPAttention', { q, k, v, ...(mask && { mask }) }, { heads }, () =>
        joinHeads(
          batchMatMul(
            tidy(() =>
              attentionWeights(
                splitHeads(mul(q, scaleOf(q, heads)), heads, byRow),
                splitHeads(k, heads, byColumn),
                heads,
                mask,
              ),
            ),
            splitHeads(v, heads, byRow),
          ),
          heads,
        ),
      ),
    (dy, q, k, v, mask?: Tensor) => {
      const [qs, ks, vs, dys] = [q, k, v, dy].map((x) => splitHeads(x, heads, byRow)) as [
        Tensor3D,
        Tensor3D,
        Tensor3D,
        Tensor3D,
      ]
      const scaledQs = mul<Tensor3D>(qs, scaleOf(q, heads)) // [batch · heads, queries, headWidth]
      const weights = attentionWeights(scaledQs, transposeLast(ks), heads, mask) // [batch · heads, queries, keys]
      const dWeights = batchMatMul(dys, transposeLast(vs)) // [batch · heads, queries, keys]
      const dScores = mul<Tensor3D>(weights, sub(dWeights, sum(mul(dWeights, weights), -1, true))) // [batch · heads, queries, keys]
      const dq = mul<Tensor3D>(batchMatMul(dScores, ks), scaleOf(q, heads)) // [batch · heads, queries, headWidth]
      const dk = batchMatMul(transposeLast(dScores), scaledQs) // [batch · heads, keys, headWidth]
      const dv = batchMatMul(transposeLast(weights), dys) // [batch · heads, keys, headWidth]
      return [joinHeads(dq, heads), joinHeads(dk, heads), joinHeads(dv, heads)]
    },
    mask && [mask],
  )(q, k, v)
}

/**
 * The attention weights of `attention`, averaged over the heads.
 * @param q `[batch, queries, width]`
 * @param k `[batch, keys, width]`
 * @returns `[batch, queries, keys]`, rows that add up to 1
 */
export function meanAttention(q: Tensor3D, k: Tensor3D, heads: number): Tensor3D {
  const [batch, queries] = q.shape
  const scaledQueries = splitHeads(mul(q, scaleOf(q, heads)), heads, byRow) // [batch · heads, queries, headWidth]
  const weights = attentionWeights(scaledQueries, splitHeads(k, heads, byColumn), heads) // [batch · heads, queries, keys]
  return mean(reshape(weights, [batch, heads, queries, k.shape[1]]), 1) // [batch, queries, keys]
}

/** Orders of the axes `[batch, tokens, heads, headWidth]`: a matrix for each head, or its transpose. */
const byRow = [0, 2, 1, 3]
const byColumn = [0, 2, 3, 1]

function scaleOf(q: Tensor3D, heads: number): number {
  return (q.shape[2] / heads) ** -0.5
}

/** `softmax(q kᵀ + mask)` of scaled queries and transposed keys, `[batch · heads, …, …]`: `[batch · heads, queries, keys]`. */
function attentionWeights(scaledQueries: Tensor3D, keys: Tensor3D, heads: number, mask?: Tensor): Tensor3D {
  const scores = batchMatMul(scaledQueries, keys) // [batch · heads, queries, keys]
  return softmax(mask ? addMask(scores, heads, mask) : scores)
}

/** `[batch · heads, rows, columns] → [batch · heads, columns, rows]` */
function transposeLast(x: Tensor3D): Tensor3D {
  return transpose(x, [0, 2, 1])
}

/** `[batch · heads, tokens, headWidth] → [batch, tokens, width]`, with the heads concatenated. */
function joinHeads(x: Tensor3D, heads: number): Tensor3D {
  const [entries, tokens, headWidth] = x.shape
  const split = reshape(x, [entries / heads, heads, tokens, headWidth]) // [batch, heads, tokens, headWidth]
  return reshape(transpose(split, byRow), [entries / heads, tokens, heads * headWidth]) // [batch, tokens, width]
}

/** `[batch, tokens, width] → [batch, tokens, heads, headWidth]`, with the axes reordered and the first two joined. */
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
