/** How each parameter of a model is held, by the dtype that was asked for. */
import type { Storage } from '../compile/storage'

/** The products that a model spends its time on: the linear maps of its blocks. */
const blockProducts =
  /(^|\.)transformer\.resblocks\.\d+\.(attn\.in_proj_weight|attn\.out_proj\.weight|mlp\.c_fc\.weight|mlp\.c_proj\.weight)$/

/**
 * `float16` halves every matrix. `int8` takes the blocks' products alone: what precision hangs on (patch embedding, positions,
 * norms, biases, projections into the embedding space) stays in full, and the token table, which is only looked up, in half.
 */
export function storageOf(name: string, shape: readonly number[], dtype: Storage): Storage {
  if (dtype === 'float32' || shape.length < 2) return 'float32'
  if (dtype === 'float16' || name === 'token_embedding.weight') return 'float16'
  return blockProducts.test(name) ? 'int8' : 'float32'
}
