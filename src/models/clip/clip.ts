/** CLIP: both towers with their heads, from pixels and token ids to comparable embeddings. */
import {
  cast,
  equal,
  expandDims,
  matMul,
  mean,
  range,
  reshape,
  slice,
  squeeze,
  tidy,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { embedding } from '../../ops/layers/embedding'
import { l2Normalize } from '../../ops/layers/l2-normalize'
import { batchMatMul } from '../../ops/matmul'
import { checkChoice } from '../../check-arguments'
import { checkTensor, checkTower } from '../layers/check-inputs'
import { projectionNames, type CLIPConfig } from '../config/clip-config'
import { applyLinear, applyNorm } from '../layers/layers'
import { scope, type ModelParameters } from '../layers/scope'
import { attentionPool, poolEachToken } from '../layers/attention-pool'
import { tokensBeforePatches } from '../layers/patch-grid'
import { causalMask, lastTextBlock, reachMask, textTrunk } from '../layers/text-transformer'
import type { DenseAttention } from '../layers/dense-attention'
import { checkPixels, lastVisionBlock, visionTrunk } from '../layers/vision-transformer'

/**
 * Computes image embeddings, like the reference's `encode_image` before normalisation.
 * @param pixels `[batch, 3, height, width]`, normalised by the preprocessing's mean and standard deviation
 * @param kept for patch dropout, int32 `[batch, kept]`: the tokens to compute, as indices into the tokens of the whole batch, with
 *   the class token of each image first if the model has one; default all
 * @returns `[batch, embedDim]`, not scaled to unit length
 * @throws DreamLIPError if the pixels do not match the model's grid of patches, or a parameter is missing
 */
export function encodeImage(
  parameters: ModelParameters,
  pixels: Tensor4D,
  config: CLIPConfig,
  kept?: Tensor2D,
): Tensor2D {
  checkTower(parameters, config)
  checkPixels(pixels)
  return tidy(() => imageEmbedding(parameters, visionTrunk(parameters, pixels, config, kept), config))
}

/**
 * Computes image embeddings and patch tokens.
 * @param pixels `[batch, 3, height, width]`, normalised
 * @param attention how the last block mixes the tokens that become `patches`; `image` always uses standard attention
 * @param kept for patch dropout, as in `encodeImage`; `patches` are then only the kept ones
 * @returns `image`: `[batch, embedDim]`, equal to `encodeImage`'s; `patches`: `[batch, patches, width]`, row by row, after `ln_post`,
 *   without projection and normalisation (before `ln_post` if the config sets `finalLnAfterPool`, as in open_clip)
 * @throws DreamLIPError as `encodeImage` does
 */
export function encodePatches(
  parameters: ModelParameters,
  pixels: Tensor4D,
  config: CLIPConfig,
  attention: DenseAttention,
  kept?: Tensor2D,
): { image: Tensor2D; patches: Tensor3D } {
  checkTower(parameters, config)
  checkPixels(pixels)
  checkChoice('attention', attention, ['standard', 'value', 'correlative'])
  return tidy(() => {
    const trunk = visionTrunk(parameters, pixels, config, kept) // [batch, tokens, width]
    const tokens = lastVisionBlock(parameters, trunk, config, { mixing: attention }) // [batch, tokens, width]
    const image =
      attention === 'standard' ? imageHead(parameters, tokens, config) : imageEmbedding(parameters, trunk, config)
    const patches = withoutClassToken(
      config.vision.finalLnAfterPool ? tokens : lnPost(parameters, tokens, config),
      config,
    )
    return { image, patches }
  })
}

/**
 * Projects patch tokens to the embedding space, so that they can be compared with texts. Uses `visual.proj2`, the reference's
 * projection for patches, if the checkpoint has it, and `visual.proj` otherwise. In a model with an attention pool, a patch becomes
 * the pool's result for that patch alone.
 * @param patches `[batch, patches, width]`, from `encodePatches`
 * @param normalize whether to scale them to unit length
 * @returns `[batch, patches, embedDim]`
 */
export function projectPatches(
  parameters: ModelParameters,
  patches: Tensor3D,
  config: CLIPConfig,
  normalize = true,
): Tensor3D {
  checkTower(parameters, config)
  checkTensor('patches', patches, 3, 'float32', '[batch, patches, width]')
  return tidy(() => {
    const { pool, finalLnAfterPool, noProjection } = config.vision
    const pooled = pool === 'map' ? poolEachToken(parameters, patches, config) : patches // [batch, patches, width]
    const normed = finalLnAfterPool ? lnPost(parameters, pooled, config) : pooled
    if (noProjection) return l2Normalize(normed) // [batch, patches, embedDim]
    const name = parameters.has('visual.proj2') ? 'visual.proj2' : projectionNames(config).image
    const projection = scope(parameters, '')<Tensor2D>(name) // [width, embedDim]
    const [batch, count, width] = patches.shape
    const rows = reshape(normed, [batch * count, width]) // [batch · patches, width]
    const projected = matMul<Tensor2D>(rows, projection) // [batch · patches, embedDim]
    const tokens = reshape(projected, [batch, count, config.embedDim]) as Tensor3D // [batch, patches, embedDim]
    return normalize ? l2Normalize(tokens) : tokens
  })
}

/**
 * Computes text embeddings, like the reference's `encode_text` before normalisation.
 * @param ids int32 `[batch, length]`, with start and end tokens. In a causal tower, `length` may be up to the context, and must
 *   include every end token; otherwise it is the context, and the model's padding follows the texts
 * @param endPositions int32 `[batch]`: the position of the token at which each text is pooled: its end token by default (see
 *   `config.text.pool`)
 * @returns `[batch, embedDim]`, not scaled to unit length
 * @throws DreamLIPError if the ids are longer than the context, or a parameter is missing
 */
export function encodeText(
  parameters: ModelParameters,
  ids: Tensor2D,
  endPositions: Tensor1D,
  config: CLIPConfig,
): Tensor2D {
  checkTower(parameters, config)
  checkTensor('ids', ids, 2, 'int32', '[batch, length]')
  checkTensor('endPositions', endPositions, 1, 'int32', '[batch]')
  const [batch, length] = ids.shape
  return tidy(() => {
    const mask = config.text.noCausalMask ? undefined : causalMask(length)
    const trunk = textTrunk(parameters, ids, config, mask) // [batch, length, width]
    const isEnd = equal<Tensor2D>(expandDims(endPositions, 1), range(0, length, 1, 'int32')) // [batch, length]
    const atEnd = cast(isEnd, 'float32')
    const choose = (tokens: Tensor3D) => batchMatMul(expandDims(atEnd, 1), tokens) // [batch, 1, width]
    const endMask = mask && reshape(matMul(atEnd, mask), [batch, 1, 1, length]) // [batch, 1, 1, length]
    return textHead(parameters, lastTextBlock(parameters, trunk, config, { mask: endMask, choose }), config)
  })
}

/**
 * Texts with common beginnings, several per row: each row is a tree of tokens in depth-first order. In a tower that is not causal, each
 * row is one text of full length. All fields are int32.
 */
export interface TextRows {
  /** Token ids: `[rows, length]`. */
  readonly ids: Tensor2D
  /** The position of each token in its text: `[rows, length]`. */
  readonly positions: Tensor2D
  /** The last column with a token that has this one in its text: `[rows, length]`. */
  readonly reaches: Tensor2D
  /** The positions of the ends of texts, counted over all rows: `[rows, ends]`. */
  readonly ends: Tensor2D
}

/**
 * Computes the same text embeddings as `encodeText`. Common beginnings are computed once, which is exact because the tower is causal.
 * @returns `[rows · ends, embedDim]`, not scaled to unit length
 * @throws DreamLIPError if a parameter is missing
 */
export function encodeTextRows(
  parameters: ModelParameters,
  { ids, positions, reaches, ends }: TextRows,
  config: CLIPConfig,
): Tensor2D {
  const [rows, length] = ids.shape
  return tidy(() => {
    const mask = config.text.noCausalMask ? undefined : reachMask(reaches) // [rows, length, length]
    const trunk = textTrunk(parameters, ids, config, mask && expandDims(mask, 1), positions) // [rows, length, width]
    const choose = (tokens: Tensor3D) => {
      const table = reshape(tokens, [rows * length, tokens.shape[2]]) as Tensor2D // [rows · length, width]
      return embedding(table, ends) // [rows, ends, width]
    }
    const endMask = mask && expandDims(choose(mask), 1) // [rows, 1, ends, length]
    return textHead(parameters, lastTextBlock(parameters, trunk, config, { mask: endMask, choose }), config)
  })
}

/** `[batch, ends, width] → [batch · ends, embedDim]`: `ln_final`, projection. */
function textHead(parameters: ModelParameters, tokens: Tensor3D, config: CLIPConfig): Tensor2D {
  const p = scope(parameters, '')
  const { embedDim, text } = config
  const [batch, ends, width] = tokens.shape
  const normed = applyNorm(p, 'ln_final', tokens, text.normEpsilon)
  const { text: projection } = projectionNames(config)
  if (text.noProjection) return reshape(normed, [batch * ends, width])
  if (text.projectionBias) return reshape(applyLinear(p, projection, normed), [batch * ends, embedDim])
  const rows = reshape(normed, [batch * ends, width]) as Tensor2D // [batch · ends, width]
  return matMul(rows, p<Tensor2D>(projection)) // [batch · ends, embedDim]
}

/** The last block and the head. If only the class token is pooled, the block computes only that token. */
function imageEmbedding(parameters: ModelParameters, trunk: Tensor3D, config: CLIPConfig): Tensor2D {
  const choose = config.vision.pool === 'token' ? classToken : undefined
  return imageHead(parameters, lastVisionBlock(parameters, trunk, config, { choose }), config)
}

/** `[batch, tokens, width] → [batch, embedDim]`: pooling, `ln_post`, projection. */
function imageHead(parameters: ModelParameters, tokens: Tensor3D, config: CLIPConfig): Tensor2D {
  const { pool, finalLnAfterPool, noProjection } = config.vision
  const pooling = {
    token: classToken,
    average: (tokens: Tensor3D) => meanPatch(tokens, config),
    map: (tokens: Tensor3D) => attentionPool(parameters, tokens, config),
  }[pool]
  // For a single token, the norm gives the same result before and after the pooling.
  const pooled =
    finalLnAfterPool || pool === 'token'
      ? lnPost(parameters, pooling(tokens), config)
      : pooling(lnPost(parameters, tokens, config))
  const vector = squeeze<Tensor2D>(pooled, [1]) // [batch, width]
  if (noProjection) return vector
  return matMul(vector, scope(parameters, '')<Tensor2D>(projectionNames(config).image)) // [batch, embedDim]
}

function lnPost(parameters: ModelParameters, tokens: Tensor3D, { vision }: CLIPConfig): Tensor3D {
  return applyNorm(scope(parameters, 'visual.'), 'ln_post', tokens, vision.normEpsilon)
}

/** `[batch, 1 + patches, width] → [batch, 1, width]` */
function classToken(tokens: Tensor3D): Tensor3D {
  return slice(tokens, [0, 0, 0], [-1, 1, -1])
}

/** `[batch, tokens, width] → [batch, patches, width]` */
function withoutClassToken(tokens: Tensor3D, { vision }: CLIPConfig): Tensor3D {
  return vision.noClassToken ? tokens : slice(tokens, [0, tokensBeforePatches(vision), 0], [-1, -1, -1])
}

/** `[batch, tokens, width] → [batch, 1, width]` */
function meanPatch(tokens: Tensor3D, config: CLIPConfig): Tensor3D {
  return mean(withoutClassToken(tokens, config), 1, true)
}
