/** DreamLIP's loss over several sub-captions of each image. */
import { reshape, split, type Scalar, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  toScalar,
  type PairOptions,
} from './parts/pair-inputs'
import { symmetricCrossEntropy } from './parts/symmetric-cross-entropy'

export interface MultiPositiveLossOptions extends PairOptions {
  /** `[B, C]`, of unit length */
  readonly images: Tensor2D
  /** `[B, K, C]`, of unit length: K sub-captions of each image */
  readonly texts: Tensor3D
}

/**
 * CLIP's loss between the images and their k-th sub-captions, averaged over k. The negatives of a sub-caption are the k-th
 * sub-captions of the other images. (DreamLIP, equation 5, sums over k. The published code divides by K, and so does this function.)
 * @returns a scalar; for K = 1 the value of `contrastiveLoss`
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match
 */
export function multiPositiveLoss(options: MultiPositiveLossOptions): Scalar {
  const { images, texts, logitScale, chunkSize = defaultChunkSize } = checkLossOptions('multiPositiveLoss', options)
  checkFeatures('multiPositiveLoss', { images: [images, 'BC'], texts: [texts, 'BKC'] })
  checkChunkSize('multiPositiveLoss', chunkSize)
  const scale = toScalar('multiPositiveLoss', 'logitScale', logitScale)
  const [, K] = texts.shape
  const byPosition = K === 1 ? [texts] : split(texts, K, 1) // K × [B, 1, C]; tfjs has no gradient for a single part
  const each = byPosition.map((kth) => reshape(kth, images.shape) as Tensor2D) // K × [B, C]
  return symmetricCrossEntropy(images, each, scale, chunkSize)
}
