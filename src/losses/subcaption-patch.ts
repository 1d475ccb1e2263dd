/** DreamLIP's fine-grained loss: matches sub-captions with the patches that they describe. */
import { reshape, type Scalar, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { checkChoice, show } from '../check-arguments'
import { l2Normalize } from '../ops/layers/l2-normalize'
import { splitRows } from '../ops/pieces'
import { recomputeInTurn } from '../ops/recompute'
import { groupPatches, type GroupingNormalization } from './parts/group-patches'
import { imageChoiceLoss } from './parts/image-choice'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  invalid,
  toScalar,
  type PairOptions,
} from './parts/pair-inputs'
import { groupedCrossEntropy, symmetricCrossEntropy } from './parts/symmetric-cross-entropy'

export interface SubcaptionPatchLossOptions extends PairOptions {
  /** `[B, P, C]`: patch tokens projected to the embedding; they need not have unit length */
  readonly patches: Tensor3D
  /** `[B, K, C]`: K sub-captions of each image; they need not have unit length */
  readonly texts: Tensor3D
  /** How similarities over the patches become weights (default `minmax`). */
  readonly normalization?: GroupingNormalization
  /** Weights below the threshold become 0 (default `1/P`). If all do, all patches get the same weight. */
  readonly threshold?: '1/P' | number
  /**
   * The negatives of a sub-caption. `image` (default, paper): the other sub-captions of its image. `batch` (published code):
   * all sub-captions of the batch. `patches`: it is compared with the patches of every image and has to find its own image. Heat maps
   * of models trained with `patches` point at the right thing more than twice as often (docs/emoji-scenes.md). Its time grows with
   * B² · K · P.
   */
  readonly negatives?: 'image' | 'batch' | 'patches'
}

/**
 * Sums the patches of an image for each of its sub-captions, weighted by their similarity to it. The loss is CLIP's, between these
 * sums and the sub-captions. This loss has its own `logitScale`.
 * (DreamLIP, section 3.3; the published code's `finegrained_loss` without its errors, see docs/losses.md.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match, and for unknown options
 */
export function subcaptionPatchLoss(options: SubcaptionPatchLossOptions): Scalar {
  const {
    patches,
    texts,
    normalization = 'minmax',
    threshold = '1/P',
    negatives = 'image',
  } = checkLossOptions('subcaptionPatchLoss', options)
  const { logitScale, chunkSize = defaultChunkSize } = options
  checkFeatures('subcaptionPatchLoss', { patches: [patches, 'BPC'], texts: [texts, 'BKC'] })
  checkChunkSize('subcaptionPatchLoss', chunkSize)
  checkChoice('subcaptionPatchLoss: normalization', normalization, ['minmax', 'softmax'])
  checkChoice('subcaptionPatchLoss: negatives', negatives, ['image', 'batch', 'patches'])
  const bound = threshold === '1/P' ? 1 / patches.shape[1] : threshold
  if (!Number.isFinite(bound))
    throw invalid('subcaptionPatchLoss', `threshold: expected '1/P' or a number; got ${show(bound)}.`)
  const scale = toScalar('subcaptionPatchLoss', 'logitScale', logitScale)

  const unitTexts = l2Normalize(texts)
  if (negatives === 'patches')
    return imageChoiceLoss(l2Normalize(patches), unitTexts, scale, { normalization, threshold: bound, chunkSize })
  const grouped = groupInChunks(patches, unitTexts, normalization, bound, chunkSize) // [B, K, C]
  if (negatives === 'image') return groupedCrossEntropy(grouped, unitTexts, scale)
  return symmetricCrossEntropy(asRows(grouped), [asRows(unitTexts)], scale, chunkSize)
}

/** `groupPatches` in parts of about `chunkSize` sub-captions. */
function groupInChunks(
  patches: Tensor3D,
  texts: Tensor3D,
  normalization: GroupingNormalization,
  threshold: number,
  chunkSize: number,
): Tensor3D {
  const images = Math.max(1, Math.floor(chunkSize / texts.shape[1]))
  const ofTexts = splitRows(texts, images)
  const calls = splitRows(patches, images).map((some, i) => ({
    fn: (patches: Tensor3D, texts: Tensor3D) => groupPatches(l2Normalize(patches), texts, normalization, threshold),
    inputs: [some, ofTexts[i]!],
  }))
  return recomputeInTurn<Tensor3D>(calls)
}

/** `[B, K, C] → [B · K, C]` */
function asRows(x: Tensor3D): Tensor2D {
  return reshape(x, [x.shape[0] * x.shape[1], x.shape[2]])
}
