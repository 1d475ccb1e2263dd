/** CLIP's loss. */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import { checkChunkSize, checkFeatures, defaultChunkSize, toScalar, type PairOptions } from './pair-inputs'
import { symmetricCrossEntropy } from './symmetric-cross-entropy'

export interface ContrastiveLossOptions extends PairOptions {
  /** `[B, C]`, of unit length */
  readonly images: Tensor2D
  /** `[B, C]`, of unit length; row i belongs to image i */
  readonly texts: Tensor2D
}

/**
 * CLIP's symmetric cross entropy: each image should find its text among all texts of the batch, and each text its image.
 * (Radford et al. 2021, figure 3; open_clip's `ClipLoss`.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not fit
 */
export function contrastiveLoss(options: ContrastiveLossOptions): Scalar {
  const { images, texts, logitScale, chunkSize = defaultChunkSize } = options
  checkFeatures('contrastiveLoss', { images: [images, 'BC'], texts: [texts, 'BC'] })
  checkChunkSize('contrastiveLoss', chunkSize)
  return symmetricCrossEntropy(images, texts, toScalar('contrastiveLoss', 'logitScale', logitScale), chunkSize)
}
