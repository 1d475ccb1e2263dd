/** Functions of an image's patches and a text together, which some families have in addition to their towers. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { ModelParameters } from './layers/scope'

/**
 * @param texts `[texts, embedDim]`, not of unit length
 * @param patches `[images, patches, embedDim]`, projected, not of unit length
 */
type PairFunction<Result> = (parameters: ModelParameters, texts: Tensor2D, patches: Tensor3D) => Result

export interface PairFunctions {
  /** Scores of every image with every text: `[images, texts]`. */
  readonly scores: PairFunction<Tensor2D>
  /** How much each text attends to each patch: `[images, texts, patches]`. */
  readonly attention: PairFunction<Tensor3D>
}
