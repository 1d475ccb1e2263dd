/** Toy's pair functions: a text is compared with each patch on its own. */
import { matMul, max, mul, reshape, softmax, tidy, transpose } from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import { scope, type ModelParameters } from '../../../src/models/layers/scope'
import { l2Normalize } from '../../../src/ops/layers/l2-normalize'

/** The gain times the cosine with the best patch: `[images, texts]`. */
export function scores(parameters: ModelParameters, texts: Tensor2D, patches: Tensor3D): Tensor2D {
  const gain = scope(parameters, '')<Scalar>('gain')
  return tidy(() => mul(max<Tensor2D>(cosines(texts, patches), 2), gain))
}

/** `[images, texts, patches]` */
export function attention(_parameters: ModelParameters, texts: Tensor2D, patches: Tensor3D): Tensor3D {
  return tidy(() => softmax(cosines(texts, patches)))
}

function cosines(texts: Tensor2D, patches: Tensor3D): Tensor3D {
  const [images, count, width] = patches.shape
  const tokens = reshape(l2Normalize(patches), [images * count, width]) as Tensor2D // [images · patches, width]
  const products = matMul(tokens, l2Normalize(texts), false, true) // [images · patches, texts]
  return transpose(reshape(products, [images, count, texts.shape[0]]), [0, 2, 1]) // [images, texts, patches]
}
