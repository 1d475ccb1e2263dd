/** FLAIR's attention pooling: for each text, the patches of an image are summed, weighted by how well they match it. */
import { concat, zeros, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { equalPart } from '../pieces'
import { attention, meanAttention } from './attention'
import { conditionedPoolHeads, type ConditionedPoolName } from './conditioned-pool-names'
import { layerNorm } from './layer-norm'
import { linear } from './linear'

/** The pool's parameters. C is the width of the embeddings: weights `[3 · C, C]` and `[C, C]`, biases `[3 · C]` and `[C]`, norms `[C]`. */
export type ConditionedPool = Readonly<Record<ConditionedPoolName, Tensor>>

/**
 * Text-conditioned image features: `attn(ln_q(t), ln_k(p), ln_v(p))` with a zero key and value appended (PyTorch's
 * `nn.MultiheadAttention` with `add_zero_attn`). (FLAIR, equation 2.)
 * @param texts `[batch, texts, C]`, not of unit length
 * @param patches `[batch, patches, C]`, not of unit length
 * @returns `[batch, texts, C]`, not of unit length
 */
export function poolForTexts(pool: ConditionedPool, texts: Tensor3D, patches: Tensor3D): Tensor3D {
  const values = withZero(project(pool, norm(pool, 'ln_v', patches), 2)) // [batch, patches + 1, C]
  const pooled = attention(queriesOf(pool, texts), keysOf(pool, patches), values, conditionedPoolHeads)
  return linear(pooled, pool['attn.out_proj.weight'] as Tensor2D, pool['attn.out_proj.bias'] as Tensor1D) // [batch, texts, C]
}

/**
 * How much each text attends to each patch: the mean over the heads.
 * @returns `[batch, texts, patches + 1]`, rows that add up to 1; the last column is the share of the appended zero
 */
export function attentionForTexts(pool: ConditionedPool, texts: Tensor3D, patches: Tensor3D): Tensor3D {
  return meanAttention(queriesOf(pool, texts), keysOf(pool, patches), conditionedPoolHeads)
}

function queriesOf(pool: ConditionedPool, texts: Tensor3D): Tensor3D {
  return project(pool, norm(pool, 'ln_q', texts), 0) // [batch, texts, C]
}

function keysOf(pool: ConditionedPool, patches: Tensor3D): Tensor3D {
  return withZero(project(pool, norm(pool, 'ln_k', patches), 1)) // [batch, patches + 1, C]
}

function norm(pool: ConditionedPool, name: 'ln_q' | 'ln_k' | 'ln_v', x: Tensor3D): Tensor3D {
  return layerNorm(x, pool[`${name}.weight`] as Tensor1D, pool[`${name}.bias`] as Tensor1D)
}

/** Queries (0), keys (1) or values (2): `[batch, tokens, C]`. */
function project(pool: ConditionedPool, x: Tensor3D, part: 0 | 1 | 2): Tensor3D {
  const weight = equalPart(pool['attn.in_proj_weight'] as Tensor2D, part, 3) // [C, C]
  return linear(x, weight, equalPart(pool['attn.in_proj_bias'] as Tensor1D, part, 3))
}

/** `[batch, patches, C] → [batch, patches + 1, C]` */
function withZero(x: Tensor3D): Tensor3D {
  return concat([x, zeros([x.shape[0], 1, x.shape[2]])], 1)
}
