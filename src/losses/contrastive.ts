/** CLIP's loss. */
import type { Scalar } from '@tensorflow/tfjs-core'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  toScalar,
  type PairedFeatures,
} from './parts/pair-inputs'
import { symmetricCrossEntropy } from './parts/symmetric-cross-entropy'

export type ContrastiveLossOptions = PairedFeatures

/**
 * CLIP's symmetric cross entropy: each image should find its text among all texts of the batch, and each text its image.
 * (Radford et al. 2021, figure 3; open_clip's `ClipLoss`.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match
 */
export function contrastiveLoss(options: ContrastiveLossOptions): Scalar {
  const { images, texts, logitScale, chunkSize = defaultChunkSize } = checkLossOptions('contrastiveLoss', options)
  checkFeatures('contrastiveLoss', { images: [images, 'BC'], texts: [texts, 'BC'] })
  checkChunkSize('contrastiveLoss', chunkSize)
  return symmetricCrossEntropy(images, [texts], toScalar('contrastiveLoss', 'logitScale', logitScale), chunkSize)
}
