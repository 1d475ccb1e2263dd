/** Each text has to find its image in the batch: it is compared with its weighted sum of the patches of each image. */
import {
  add,
  expandDims,
  eye,
  mean,
  mul,
  reshape,
  sum,
  tile,
  transpose,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { logSumExp } from '../../ops/log-sum-exp'
import { splitRows } from '../../ops/pieces'
import { recomputeInTurn } from '../../ops/recompute'
import { groupPatches, type GroupingNormalization } from './group-patches'
import { hiddenDiagonals } from './negatives'
import { crossEntropy } from './symmetric-cross-entropy'

/** The weights of the patch sums, and how many texts are processed at a time. */
export interface Gathering {
  readonly normalization: GroupingNormalization
  readonly threshold: number
  /** Maximum rows and columns of a matrix of similarities between texts and all patches. */
  readonly chunkSize: number
}

/**
 * The mean cross entropy of each sub-caption's image among all images.
 * @param patches `[B, P, C]`, of unit length
 * @param texts `[B, K, C]`, of unit length
 */
export function imageChoiceLoss(patches: Tensor3D, texts: Tensor3D, scale: Scalar, gathering: Gathering): Scalar {
  const [B, K] = texts.shape
  const cosines = reshape(gatheredCosines(patches, texts, gathering), [B, K, B])
  const logits = mul(cosines, scale) // [B, K, B]
  const own = reshape(eye(B), [B, 1, B])
  const positives = sum(mul(logits, own), -1) // [B, K]
  const negatives = logSumExp(add(logits, reshape(hiddenDiagonals()(B), [B, 1, B])), -1) // [B, K]
  return mean<Scalar>(crossEntropy(negatives, positives))
}

/** Cosines of each text with its sum of the patches of each image: `[B · K, B]`. */
function gatheredCosines(
  patches: Tensor3D,
  texts: Tensor3D,
  { normalization, threshold, chunkSize }: Gathering,
): Tensor2D {
  const [B, K, C] = texts.shape
  const rows = Math.max(1, Math.floor(chunkSize ** 2 / (B * patches.shape[1])))
  const calls = splitRows(reshape(texts, [B * K, C]) as Tensor2D, rows).map((some) => ({
    fn: (patches: Tensor3D, texts: Tensor2D) => {
      const forEach = tile(expandDims(texts, 0), [B, 1, 1]) as Tensor3D // [B, rows, C]
      const grouped = groupPatches(patches, forEach, normalization, threshold) // [B, rows, C]
      return transpose(sum<Tensor2D>(mul(grouped, forEach), -1)) // [rows, B]
    },
    inputs: [patches, some],
  }))
  return recomputeInTurn<Tensor2D>(calls)
}
