/** SigLIP's loss. */
import {
  add,
  div,
  eye,
  mul,
  ones,
  reshape,
  sub,
  sum,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { addAll } from '../ops/add-all'
import { matMulTransposed } from '../ops/matmul'
import { softplus } from '../ops/softplus'
import { eachBlock } from './parts/blocks'
import {
  checkChunkSize,
  checkFeatures,
  checkLossOptions,
  defaultChunkSize,
  toScalar,
  type PairedFeatures,
} from './parts/pair-inputs'

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
  const sums = eachBlock(mul<Tensor2D>(images, scale), texts, chunkSize, (rows, columns, i, j) => ({
    fn: (images: Tensor2D, texts: Tensor2D, bias: Scalar) => {
      const logits = add(matMulTransposed(images, texts), bias) // [rows, columns]
      const apart = i === j ? mul(logits, signs(images.shape[0])) : logits
      return reshape(sum(softplus(apart)), [1]) as Tensor1D
    },
    inputs: [rows, columns, bias],
    sizes: [1],
  }))
  return div(sum(addAll(sums.flat(2))), images.shape[0])
}

/** -1 for pairs that belong together, 1 for all others: `[n, n]` */
function signs(n: number): Tensor2D {
  return sub(ones([n, n]), mul(eye(n), 2))
}
