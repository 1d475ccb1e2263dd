/** How each parameter of a model is stored, by the dtype of the model. */
import type { Storage } from '../../compile/storage'

/** The linear maps of the blocks, where a model spends its time. */
const blockProducts =
  /(^|\.)transformer\.resblocks\.\d+\.(attn\.in_proj_weight|attn\.out_proj\.weight|mlp\.c_fc\.weight|mlp\.c_proj\.weight)$/

/**
 * `float16` halves every matrix. `int8` applies to the linear maps of the blocks only. Parameters that decide the precision (patch
 * embedding, positions, norms, biases, projections into the embedding space) stay in float32. The token table, which is only looked
 * up, is stored in float16.
 */
export function storageOf(name: string, shape: readonly number[], dtype: Storage): Storage {
  if (dtype === 'float32' || shape.length < 2) return 'float32'
  if (dtype === 'float16' || name === 'token_embedding.weight') return 'float16'
  return blockProducts.test(name) ? 'int8' : 'float32'
}
