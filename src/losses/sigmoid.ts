/** SigLIP's loss. */
import { expandDims, type Scalar, type Tensor3D } from '@tensorflow/tfjs-core'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  toScalar,
  type PairedFeatures,
} from './parts/pair-inputs'
import { sigmoidPairs } from './parts/sigmoid-pairs'

export interface SigmoidLossOptions extends PairedFeatures {
  /** Added to all logits. SigLIP learns it, starting from -10. */
  readonly logitBias: number | Scalar
}

/**
 * Judges each pair of the batch independently: do image and text belong together? The loss is the sum of
 * `softplus(∓ (scale · cosine + bias))` over all pairs, divided by B. (Zhai et al. 2023, algorithm 1; open_clip's `SigLipLoss`.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match
 */
export function sigmoidLoss(options: SigmoidLossOptions): Scalar {
  const {
    images,
    texts,
    logitScale,
    logitBias,
    chunkSize = defaultChunkSize,
  } = checkLossOptions('sigmoidLoss', options)
  checkFeatures('sigmoidLoss', { images: [images, 'BC'], texts: [texts, 'BC'] })
  checkChunkSize('sigmoidLoss', chunkSize)
  const scale = toScalar('sigmoidLoss', 'logitScale', logitScale)
  const bias = toScalar('sigmoidLoss', 'logitBias', logitBias)
  return sigmoidPairs(images, expandDims<Tensor3D>(texts, 1), scale, bias, chunkSize)
}
