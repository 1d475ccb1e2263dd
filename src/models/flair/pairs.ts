/** FLAIR's functions of an image and a text together: the image's patches are pooled for each text. */
import {
  add,
  exp,
  mul,
  reshape,
  slice,
  sum,
  tidy,
  tile,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { attentionForTexts, poolForTexts, type ConditionedPool } from '../../ops/layers/conditioned-pool'
import { conditionedPoolNames } from '../../ops/layers/conditioned-pool-names'
import { l2Normalize } from '../../ops/layers/l2-normalize'
import { scope, type ModelParameters } from '../layers/scope'

/**
 * Scores every image with every text: `scale · cosine(patches pooled for the text, text) + bias`, FLAIR's `get_logits`.
 * @param texts `[texts, embedDim]`, not of unit length
 * @param patches `[images, patches, embedDim]`, projected, not of unit length
 * @returns `[images, texts]`
 */
export function scores(parameters: ModelParameters, texts: Tensor2D, patches: Tensor3D): Tensor2D {
  const p = scope(parameters, '')
  return tidy(() => {
    const pooled = l2Normalize(poolForTexts(poolOf(parameters), forEach(patches, texts), patches)) // [images, texts, embedDim]
    const cosines = sum<Tensor2D>(mul(pooled, l2Normalize(texts)), -1) // [images, texts]
    return add(mul(cosines, exp(p<Scalar>('logit_scale'))), p<Scalar>('logit_bias'))
  })
}

/**
 * How much each text attends to each patch: the mean over the pool's heads. The share of the zero key is omitted, so a row adds up
 * to at most 1.
 * @param texts `[texts, embedDim]`
 * @param patches `[images, patches, embedDim]`
 * @returns `[images, texts, patches]`
 */
export function attention(parameters: ModelParameters, texts: Tensor2D, patches: Tensor3D): Tensor3D {
  const [images, count] = patches.shape
  return tidy(() => {
    const weights = attentionForTexts(poolOf(parameters), forEach(patches, texts), patches) // [images, texts, patches + 1]
    return slice(weights, [0, 0, 0], [images, texts.shape[0], count])
  })
}

/** The texts once for each image: `[texts, embedDim] → [images, texts, embedDim]`. */
function forEach(patches: Tensor3D, texts: Tensor2D): Tensor3D {
  const [count, width] = texts.shape
  return tile(reshape(texts, [1, count, width]) as Tensor3D, [patches.shape[0], 1, 1])
}

function poolOf(parameters: ModelParameters): ConditionedPool {
  const p = scope(parameters, 'visual_proj.')
  return Object.fromEntries(conditionedPoolNames.map((name) => [name, p<Tensor>(name)])) as ConditionedPool
}
