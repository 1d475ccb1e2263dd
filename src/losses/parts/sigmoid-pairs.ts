/** Judges each pair of an image and a sub-caption independently. */
import {
  add,
  div,
  expandDims,
  eye,
  mul,
  ones,
  reshape,
  sub,
  sum,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { addAll } from '../../ops/add-all'
import { matMulTransposed } from '../../ops/matmul'
import { softplus } from '../../ops/softplus'
import { eachBlock } from './blocks'

/**
 * The sum of `softplus(∓ (scale · cosine + bias))` over all pairs, divided by the number of sub-captions.
 * @param images `[B, C]`, of unit length
 * @param texts `[B, K, C]`, of unit length: K sub-captions of each image
 */
export function sigmoidPairs(
  images: Tensor2D,
  texts: Tensor3D,
  scale: Scalar,
  bias: Scalar,
  chunkSize: number,
): Scalar {
  const [B, K, C] = texts.shape
  const sums = eachBlock(mul<Tensor2D>(images, scale), texts, chunkSize, (rows, columns, i, j) => ({
    fn: (images: Tensor2D, texts: Tensor3D, bias: Scalar) => {
      const [count] = texts.shape
      const logits = add(matMulTransposed(images, reshape(texts, [count * K, C])), bias) // [rows, columns · K]
      const apart = i === j ? mul(reshape(logits, [count, count, K]), signs(count)) : logits
      return reshape(sum(softplus(apart)), [1]) as Tensor1D
    },
    inputs: [rows, columns, bias],
    sizes: [1],
  }))
  return div(sum(addAll(sums.flat(2))), B * K)
}

/** -1 for pairs that belong together, 1 for all others: `[n, n, 1]` */
function signs(n: number): Tensor3D {
  return expandDims(sub(ones([n, n]), mul(eye(n), 2)), 2)
}
