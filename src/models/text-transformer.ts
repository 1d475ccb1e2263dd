/** The text tower (open_clip's `TextTransformer`): token ids to tokens. */
import { add, slice, tensor2d, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../errors'
import { embedding } from '../ops/embedding'
import type { CLIPConfig } from './config'
import { scope, type ModelParameters } from './scope'
import { blocksBeforeLast, lastBlock, type BlockOptions, type Transformer } from './transformer'

/** Added to a score to remove it: its exponential is exactly 0, and 0 times it is 0 (of -∞ it would be NaN), in float16 too. */
const removed = -3e4

/**
 * The whole tower without its head: token embedding, positions, causal blocks.
 * It runs at the length of `ids`: because of the causal mask, what follows a token cannot change it.
 * @param parameters by PyTorch's names
 * @param ids int32 `[batch, length]`, start and end tokens included, `length` up to `contextLength`
 * @returns `[batch, length, width]`, before `ln_final`
 * @throws DreamLIPError when the ids are longer than the context
 */
export function textTransformer(parameters: ModelParameters, ids: Tensor2D, config: CLIPConfig): Tensor3D {
  return tidy(() =>
    lastTextBlock(parameters, textTrunk(parameters, ids, config), config, { mask: causalMask(ids.shape[1]) }),
  )
}

/** The tower up to its last block: `[batch, length] → [batch, length, width]`. */
export function textTrunk(parameters: ModelParameters, ids: Tensor2D, config: CLIPConfig): Tensor3D {
  const [, length] = ids.shape
  const { contextLength, width } = config.text
  if (length > contextLength) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `ids: expected at most ${contextLength} tokens a text (the model's context length), got ${length}. Truncate the texts.`,
    )
  }
  const p = scope(parameters, '')
  return tidy(() => {
    const positions = slice(p<Tensor2D>('positional_embedding'), [0, 0], [length, width]) // [length, width]
    const tokens = add<Tensor3D>(embedding(p('token_embedding.weight'), ids), positions) // [batch, length, width]
    return blocksBeforeLast(parameters, transformerOf(config), tokens, causalMask(length))
  })
}

/** The last block, where the head decides which tokens are needed. */
export function lastTextBlock(
  parameters: ModelParameters,
  tokens: Tensor3D,
  config: CLIPConfig,
  options: BlockOptions,
): Tensor3D {
  return lastBlock(parameters, transformerOf(config), tokens, options)
}

/** Keeps each token from seeing those after it: `[length, length]`, 0 where query ≥ key. */
export function causalMask(length: number): Tensor2D {
  const mask = new Float32Array(length * length) // [queries, keys]
  for (let query = 0; query < length; query++) mask.fill(removed, query * length + query + 1, (query + 1) * length)
  return tensor2d(mask, [length, length])
}

function transformerOf({ text, quickGelu }: CLIPConfig): Transformer {
  const { layers, heads, layerScaleInit } = text
  return { prefix: 'transformer.', layers, heads, quickGelu, layerScale: layerScaleInit !== null }
}
