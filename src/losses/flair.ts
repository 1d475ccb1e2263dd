/** FLAIR's loss: each image, seen through a text, should match that text only if it is one of its own. */
import {
  add,
  div,
  mul,
  reshape,
  sum,
  tensor2d,
  Tensor,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { checkSeed } from '../check-arguments'
import { poolForTexts, type ConditionedPool } from '../ops/layers/conditioned-pool'
import {
  conditionedPoolHeads,
  conditionedPoolNames,
  type ConditionedPoolName,
} from '../ops/layers/conditioned-pool-names'
import { embedding } from '../ops/layers/embedding'
import { l2Normalize } from '../ops/layers/l2-normalize'
import { splitRows } from '../ops/pieces'
import { recomputeInTurn } from '../ops/recompute'
import { softplus } from '../ops/softplus'
import { createRandom } from '../random'
import { drawTexts, ownershipSigns } from './parts/drawn-texts'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  invalid,
  toScalar,
  type PairOptions,
} from './parts/pair-inputs'
import { sigmoidPairs } from './parts/sigmoid-pairs'

export interface FlairLossOptions extends PairOptions {
  /** `[B, P, C]`: patch tokens after FLAIR's `image_post`; they need not have unit length */
  readonly patches: Tensor3D
  /** `[B, K, C]`, or `[B · K, C]`: K sub-captions of each image, after `text_post`; they need not have unit length */
  readonly texts: Tensor3D | Tensor2D
  /** `[B, C]`: image embeddings, which need not have unit length. With them, FLAIR's multi-positive term is half of the loss. */
  readonly images?: Tensor2D
  /** The parameters of FLAIR's `visual_proj` by their names, such as `ln_q.weight`. */
  readonly pool: ConditionedPool | ReadonlyMap<string, Tensor>
  /** Added to all logits. FLAIR learns it, starting from -10. */
  readonly logitBias: number | Scalar
  /**
   * int32 `[B, K + B - 1]`: the texts that each image is compared with, as indices into the B · K texts. An index below `(b + 1) · K`
   * and not below `b · K` is a text of image b. Default: its own K texts and one random text of each other image. A compiled
   * function must get them as an input: its own draw would be the same in each run.
   */
  readonly negatives?: Tensor2D | readonly (readonly number[])[]
  /** The seed for the draw if `negatives` are left out (default 0). */
  readonly seed?: number
}

/**
 * `Σ softplus(∓ (scale · cosine(v(t), t) + bias)) / (K + B - 1)` over the drawn texts t of each image, where v(t) is the image conditioned on t.
 * With `images`, the mean of this and of the same sum over all pairs of an image embedding and a text, divided by B · K.
 * (FLAIR, equations 4 and 5; its code `FlairLoss`.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match, and for a pool without one of its parameters
 */
export function flairLoss(options: FlairLossOptions): Scalar {
  const { patches, images, logitScale, logitBias, chunkSize = defaultChunkSize } = checkLossOptions(loss, options)
  checkFeatures(loss, { patches: [patches, 'BPC'] })
  const [B, , C] = patches.shape
  const texts = bySample(options.texts, B)
  checkFeatures(loss, { patches: [patches, 'BPC'], texts: [texts, 'BKC'], ...(images && { images: [images, 'BC'] }) })
  checkChunkSize(loss, chunkSize)
  const pool = checkPool(options.pool, C)
  const scale = toScalar(loss, 'logitScale', logitScale)
  const bias = toScalar(loss, 'logitBias', logitBias)
  const drawn = drawnTexts(options, B, texts.shape[1])
  const conditioned = conditionedLoss(patches, texts, drawn, { pool, scale, bias, chunkSize })
  if (!images) return conditioned
  const global = sigmoidPairs(l2Normalize(images), l2Normalize(texts), scale, bias, chunkSize)
  return div(add(conditioned, global), 2)
}

const loss = 'flairLoss'

interface Judge {
  readonly pool: ConditionedPool
  readonly scale: Scalar
  readonly bias: Scalar
  readonly chunkSize: number
}

/** The term over text-conditioned features. Blocks of images have about `chunkSize` drawn texts together. */
function conditionedLoss(
  patches: Tensor3D,
  texts: Tensor3D,
  drawn: Tensor2D,
  { pool, scale, bias, chunkSize }: Judge,
): Scalar {
  const [B, K, C] = texts.shape
  const perBlock = Math.max(1, Math.floor(chunkSize / drawn.shape[1]))
  const table = reshape(texts, [B * K, C]) // [B · K, C]
  const signs = splitRows(ownershipSigns(drawn, K), perBlock)
  const chosen = splitRows(drawn, perBlock)
  const parameters = conditionedPoolNames.map((name) => pool[name])
  const calls = splitRows(patches, perBlock).map((some, i) => ({
    fn: (patches: Tensor3D, table: Tensor2D, scale: Scalar, bias: Scalar, ...rest: Tensor[]) => {
      const [chosen, signs] = rest.slice(-2) as [Tensor2D, Tensor2D]
      const given = Object.fromEntries(conditionedPoolNames.map((name, i) => [name, rest[i]!])) as ConditionedPool
      const texts = embedding(table, chosen) // [images, drawn, C]
      const seen = poolForTexts(given, texts, patches) // [images, drawn, C]
      const cosines = sum(mul(l2Normalize(seen), l2Normalize(texts)), -1) // [images, drawn]
      return reshape(sum(softplus(mul(add(mul(cosines, scale), bias), signs))), [1]) as Tensor1D
    },
    inputs: [some, table, scale, bias, ...parameters],
    constants: [chosen[i]!, signs[i]!],
  }))
  const sums = recomputeInTurn<Tensor1D>(calls) // [blocks]
  return div(sum(sums), drawn.shape[1])
}

/** `[B, K, C]` */
function bySample(texts: Tensor3D | Tensor2D, B: number): Tensor3D {
  if (!(texts instanceof Tensor) || texts.rank !== 2 || texts.isDisposed) return texts as Tensor3D
  const [count, C] = texts.shape as [number, number]
  if (count % B === 0) return reshape(texts, [B, count / B, C])
  throw invalid(loss, `texts: expected [B · K, C] with the same number of texts for each of ${B} images; got ${count}.`)
}

function checkPool(given: FlairLossOptions['pool'], C: number): ConditionedPool {
  if (typeof given !== 'object' || given === null) throw invalid(loss, "pool: expected visual_proj's parameters.")
  const valueOf = (name: ConditionedPoolName) =>
    (given instanceof Map ? given.get(name) : (given as ConditionedPool)[name]) as Tensor | undefined
  for (const name of conditionedPoolNames) {
    const rows = name.includes('in_proj') ? 3 * C : C
    const shape = name.startsWith('attn') && name.endsWith('weight') ? [rows, C] : [rows]
    const tensor = valueOf(name)
    const came = tensor instanceof Tensor ? `shape [${tensor.shape.join(', ')}]` : 'nothing'
    if (!(tensor instanceof Tensor) || tensor.shape.join() !== shape.join()) {
      throw invalid(loss, `pool, '${name}': expected a tensor of shape [${shape.join(', ')}]; got ${came}.`)
    }
  }
  if (C % conditionedPoolHeads === 0) {
    return Object.fromEntries(conditionedPoolNames.map((name) => [name, valueOf(name)])) as ConditionedPool
  }
  throw invalid(loss, `patches: FLAIR's pool has ${conditionedPoolHeads} heads, which do not divide the width ${C}.`)
}

/** The texts to compare each image with: `[B, K + B - 1]`. */
function drawnTexts({ negatives, seed = 0 }: FlairLossOptions, B: number, K: number): Tensor2D {
  const shape: [number, number] = [B, K + B - 1]
  if (negatives === undefined) {
    checkSeed('seed', seed)
    return tensor2d(drawTexts(B, K, createRandom(seed)), shape, 'int32')
  }
  if (!(negatives instanceof Tensor)) {
    const rows = negatives
    const indices = Array.isArray(rows) ? rows.flat() : []
    const fits = rows.length === shape[0] && rows.every((row) => row.length === shape[1])
    if (!fits || !indices.every((index) => Number.isInteger(index) && index >= 0 && index < B * K)) {
      throw invalid(loss, `negatives: expected [${shape.join(', ')}] indices below ${B * K}.`)
    }
    return tensor2d(indices, shape, 'int32')
  }
  if (negatives.dtype === 'int32' && negatives.shape.join() === shape.join()) return negatives
  throw invalid(
    loss,
    `negatives: expected int32 indices of shape [${shape.join(', ')}]; got ${negatives.dtype} [${negatives.shape.join(', ')}].`,
  )
}
