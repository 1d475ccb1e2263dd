/** How each parameter of a model is stored, by the dtype of the model. */
import type { Storage } from '../../compile/storage'
import { blockSize } from '../../quantization/block-size'
import type { QuantizedStorage } from '../../quantization/quantized'

/** The linear maps of the blocks, where a model spends its time. */
const blockProducts =
  /(^|\.)transformer\.resblocks\.\d+\.(attn\.in_proj_weight|attn\.out_proj\.weight|mlp\.c_fc\.weight|mlp\.c_proj\.weight)$/

/** How a model stores its weights: the option `dtype`. */
export type ModelDtype = 'float32' | 'float16' | 'int8' | 'int4'

/**
 * `float16` halves every matrix. `int8` and `int4` apply to the linear maps of the blocks only. Parameters that decide the precision (patch
 * embedding, positions, norms, biases, projections into the embedding space) stay in float32. The token table, which is only looked
 * up, has 8-bit rows.
 */
export function storageOf(name: string, shape: readonly number[], dtype: ModelDtype): Storage {
  if (dtype === 'float32' || shape.length < 2) return 'float32'
  if (dtype === 'float16') return 'float16'
  if (name === 'token_embedding.weight') return 'int8-rows'
  return blockProducts.test(name) ? productStorage(shape, dtype) : 'float32'
}

/** Rows that are not whole blocks of 4-bit integers are stored in 8-bit integers. */
function productStorage([, columns]: readonly number[], dtype: 'int8' | 'int4'): 'int8' | 'int4' {
  return columns! % blockSize === 0 ? dtype : 'int8'
}

/**
 * How a quantized file stores a parameter; undefined: as float16. In memory a model has the same integers and scales for the products
 * of the blocks and the token table. The other matrices are small, and floats in memory.
 */
export function fileStorageOf(
  name: string,
  shape: readonly number[],
  dtype: 'int8' | 'int4',
): QuantizedStorage | undefined {
  if (shape.length < 2 || name.endsWith('positional_embedding')) return undefined
  return blockProducts.test(name) ? productStorage(shape, dtype) : 'int8-rows'
}
