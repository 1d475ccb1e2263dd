/** The circle loss over several sub-captions, a variant in the released code. */
import {
  add,
  concat,
  mean,
  mul,
  relu,
  reshape,
  stack,
  sub,
  sum,
  expandDims,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { show } from '../check-arguments'
import { differentiable } from '../ops/fused'
import { logSumExp } from '../ops/log-sum-exp'
import { matMulTransposed } from '../ops/matmul'
import { softplus } from '../ops/softplus'
import { eachBlock } from './parts/blocks'
import { hiddenDiagonals } from './parts/negatives'
import { checkChunkSize, checkFeatures, checkLossOptions, defaultChunkSize, invalid } from './parts/pair-inputs'

export interface MultiPositiveCircleLossOptions {
  /** `[B, C]`, of unit length */
  readonly images: Tensor2D
  /** `[B, K, C]`, of unit length: K sub-captions of each image */
  readonly texts: Tensor3D
  /** How far beyond 1 (positives) or below 0 (negatives) a cosine must be to weigh nothing (default 0.25). */
  readonly margin?: number
  /** The factor that turns cosines into logits (default 32). */
  readonly gamma?: number
  /** See `contrastiveLoss`: images and sub-captions of a block (default 1024). */
  readonly chunkSize?: number
}

/**
 * `softplus(log Σ exp(negative logits) + log Σ exp(positive logits))` of each image, averaged over images. The positives are the K
 * sub-captions of the image, and the negatives those of all other images. The weight of a pair's logit grows with its distance from
 * the optimum, and no gradient flows through it. (Sun et al. 2020, equation 6. The published trainer divides this value by 10.)
 * @returns a scalar
 * @throws DreamLIPError `INVALID_ARGUMENT` for shapes that do not match, or if margin or gamma is not a finite number
 */
export function multiPositiveCircleLoss(options: MultiPositiveCircleLossOptions): Scalar {
  const {
    images,
    texts,
    margin = 0.25,
    gamma = 32,
    chunkSize = defaultChunkSize,
  } = checkLossOptions('multiPositiveCircleLoss', options)
  const loss = 'multiPositiveCircleLoss'
  checkFeatures(loss, { images: [images, 'BC'], texts: [texts, 'BKC'] })
  checkChunkSize(loss, chunkSize)
  for (const [name, value] of Object.entries({ margin, gamma })) {
    if (!Number.isFinite(value)) throw invalid(loss, `${name}: expected a number; got ${show(value)}.`)
  }
  const cosines = sum(mul(expandDims(images, 1), texts), -1) // [B, K]
  // The distance of a positive from 1 counts like the distance of a negative from 0.
  const positives = logSumExp<Tensor1D>(circleLogits(sub(1, cosines), margin, gamma), 1) // [B]
  return mean(softplus(add(negativeLogSums(images, texts, margin, gamma, chunkSize), positives)))
}

/** The logarithms of the sums over each image's negatives: `[B]` */
function negativeLogSums(
  images: Tensor2D,
  texts: Tensor3D,
  margin: number,
  gamma: number,
  chunkSize: number,
): Tensor1D {
  const diagonalOf = hiddenDiagonals()
  const blocks = eachBlock<Tensor3D>(images, texts, chunkSize, (rows, columns, i, j) => ({
    fn: (images: Tensor2D, texts: Tensor3D, diagonal?: Tensor2D) => {
      const [columns, K, C] = texts.shape
      const cosines = matMulTransposed(images, reshape(texts, [columns * K, C])) // [rows, columns · K]
      const logits = circleLogits(cosines, margin, gamma)
      if (!diagonal) return logSumExp<Tensor1D>(logits, 1) // [rows]
      const byImage = reshape(logits, [columns, columns, K]) // [rows, columns, K]
      return logSumExp(add(logSumExp(byImage, 2), diagonal), 1) // [rows]
    },
    inputs: [rows, columns],
    constants: i === j ? [diagonalOf(rows.shape[0])] : [],
    sizes: [rows.shape[0]],
  }))
  return concat(blocks.map((row) => logSumExp<Tensor1D>(stack(row.flat()), 0)))
}

/** `γ · relu(c + m) · (c - m)`. For the gradient, the first two factors are constant. */
function circleLogits<T extends Tensor>(cosines: T, margin: number, gamma: number): T {
  const weight = (c: Tensor) => mul(relu(add(c, margin)), gamma)
  return differentiable<T, [T]>(
    (c) => mul(weight(c), sub(c, margin)),
    (dy, c) => [mul(dy, weight(c))],
  )(cosines)
}
