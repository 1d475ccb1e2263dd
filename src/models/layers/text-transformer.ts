/** The text tower (open_clip's `TextTransformer`): token ids to tokens. */
import {
  add,
  cast,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  mul,
  range,
  reshape,
  slice,
  sub,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../../errors'
import { embedding } from '../../ops/layers/embedding'
import { checkTensor, checkTower } from './check-inputs'
import type { CLIPConfig } from '../config/config'
import { scope, type ModelParameters } from './scope'
import { activationOf, blocksBeforeLast, lastBlock, type BlockOptions, type Transformer } from './transformer'

/** Added to a score to hide it: its exponential is exactly 0, also in float16. -∞ would give NaN when multiplied by 0. */
const removed = -3e4

/**
 * Computes the whole tower without its head: token embedding, positions, blocks. In a causal tower, `ids` may be shorter than the
 * context, because later tokens do not change earlier ones.
 * @param parameters by PyTorch's names
 * @param ids int32 `[batch, length]`, with start and end tokens, `length` up to `contextLength`
 * @returns `[batch, length, width]`, before `ln_final`
 * @throws DreamLIPError if the ids are longer than the context
 */
export function textTransformer(parameters: ModelParameters, ids: Tensor2D, config: CLIPConfig): Tensor3D {
  checkTower(parameters, config)
  checkTensor('ids', ids, 2, 'int32', '[batch, length]')
  return tidy(() => {
    const mask = config.text.noCausalMask ? undefined : causalMask(ids.shape[1])
    return lastTextBlock(parameters, textTrunk(parameters, ids, config, mask), config, { mask })
  })
}

/**
 * The tower up to its last block: `[rows, length] → [rows, length, width]`.
 * @param mask added to attention scores; `undefined`: each token sees all
 * @param positions int32 `[rows, length]`, the position of each token in its text; default: each row is a text
 */
export function textTrunk(
  parameters: ModelParameters,
  ids: Tensor2D,
  config: CLIPConfig,
  mask: Tensor | undefined,
  positions?: Tensor2D,
): Tensor3D {
  const p = scope(parameters, '')
  return tidy(() => {
    const table = p<Tensor2D>('positional_embedding') // [contextLength, width]
    const places = positions ? embedding(table, positions) : firstPositions(table, ids.shape[1], config)
    const tokens = add<Tensor3D>(embedding(p('token_embedding.weight'), ids), places) // [rows, length, width]
    return blocksBeforeLast(parameters, transformerOf(config), tokens, mask)
  })
}

/** `[contextLength, width] → [length, width]` */
function firstPositions(table: Tensor2D, length: number, { text }: CLIPConfig): Tensor2D {
  const { contextLength, width } = text
  if (length <= contextLength) return slice(table, [0, 0], [length, width]) // [length, width]
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `ids: expected at most ${contextLength} tokens per text (the model's context length); got ${length}. Shorten the texts.`,
  )
}

/** The last block. The head decides which tokens are needed. */
export function lastTextBlock(
  parameters: ModelParameters,
  tokens: Tensor3D,
  config: CLIPConfig,
  options: BlockOptions,
): Tensor3D {
  return lastBlock(parameters, transformerOf(config), tokens, options)
}

/** Hides from each token the tokens after it: `[length, length]`, 0 where query ≥ key. */
export function causalMask(length: number): Tensor2D {
  const mask = new Float32Array(length * length) // [queries, keys]
  for (let query = 0; query < length; query++) mask.fill(removed, query * length + query + 1, (query + 1) * length)
  return tensor2d(mask, [length, length])
}

/**
 * The same for texts with common beginnings: a token sees an earlier token if it is within that token's reach.
 * @param reaches int32 `[rows, length]`: the last column that sees each token
 * @returns `[rows, queries, keys]`
 */
export function reachMask(reaches: Tensor2D): Tensor3D {
  const [, length] = reaches.shape
  return tidy(() => {
    const columns = range(0, length, 1, 'int32') // [length]
    const queries = reshape(columns, [1, length, 1]) // [1, queries, 1]
    const begun = greaterEqual(queries, reshape(columns, [1, 1, length])) // [1, queries, keys]
    const reached = less(queries, expandDims(reaches, 1)) // [rows, queries, keys]
    return mul<Tensor3D>(sub(1, cast(logicalAnd(begun, reached), 'float32')), removed) // [rows, queries, keys]
  })
}

function transformerOf({ text, quickGelu }: CLIPConfig): Transformer {
  const { layers, heads, layerScaleInit, normEpsilon } = text
  const activation = activationOf(quickGelu, text)
  return { prefix: 'transformer.', layers, heads, activation, layerScale: layerScaleInit !== null, normEpsilon }
}
