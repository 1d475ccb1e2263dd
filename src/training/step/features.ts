/** What losses compare: the features of a batch, with gradients. */
import { exp, reshape, tidy, type Scalar, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeTextRows, projectPatches, type TextRows } from '../../models/clip/clip'
import type { CLIPConfig } from '../../models/config/config'
import type { ModelParameters } from '../../models/layers/scope'
import { embedding } from '../../ops/layers/embedding'
import { l2Normalize } from '../../ops/layers/l2-normalize'

/** The features of B images with K captions each, all of unit length, and the factors on their cosines. */
export interface Features {
  /** `[B, C]` */
  readonly images: Tensor2D
  /** `[B, K, C]` */
  readonly texts: Tensor3D
  /** `[B, P, C]`: patches projected into the embedding space; only for losses that use patches */
  readonly patches?: Tensor3D
  /** The exponential of `logit_scale`: a scalar */
  readonly logitScale: Scalar
  /** The patches' own factor, where the model has a `logit_scale_local`, else `logitScale` */
  readonly localLogitScale: Scalar
}

/** A batch on its way through both towers. */
export interface BatchTensors extends TextRows {
  /** `[B, 3, height, width]` */
  readonly pixels: Tensor4D
  /** int32 `[B, K]`: which of the rows' ends, counted through all, is an image's caption */
  readonly texts: Tensor2D
  /** int32 `[B, kept]`, for patch dropout */
  readonly kept?: Tensor2D
}

/** Both towers over one batch. */
export function computeFeatures(
  parameters: ModelParameters,
  batch: BatchTensors,
  config: CLIPConfig,
  withPatches: boolean,
): Features {
  const vision = imageFeatures(parameters, batch, config, withPatches)
  return { ...vision, texts: textFeatures(parameters, batch, config), ...logitScales(parameters) }
}

/** `images` `[B, C]`, and `patches` `[B, P, C]` where they are wanted. */
export function imageFeatures(
  parameters: ModelParameters,
  { pixels, kept }: Pick<BatchTensors, 'pixels' | 'kept'>,
  config: CLIPConfig,
  withPatches: boolean,
): Pick<Features, 'images' | 'patches'> {
  if (!withPatches) return { images: tidy(() => l2Normalize(encodeImage(parameters, pixels, config, kept))) }
  return tidy(() => {
    const { image, patches } = encodePatches(parameters, pixels, config, 'standard', kept)
    return { images: l2Normalize(image), patches: projectPatches(parameters, patches, config) }
  })
}

/** `[B, K, C]`: what captions share at their start is computed once, and equal ones are one. */
export function textFeatures(parameters: ModelParameters, batch: BatchTensors, config: CLIPConfig): Tensor3D {
  return tidy(() => {
    const embeddings = l2Normalize(encodeTextRows(parameters, batch, config)) // [rows · ends, C]
    return embedding(embeddings, batch.texts) // [B, K, C]
  })
}

/** The factors on cosines, from the parameters that hold their logarithms. */
export function logitScales(parameters: ModelParameters): Pick<Features, 'logitScale' | 'localLogitScale'> {
  const logitScale = exp(parameters.get('logit_scale') as Scalar)
  const local = parameters.get('logit_scale_local')
  return { logitScale, localLogitScale: local ? exp(reshape(local, []) as Scalar) : logitScale }
}
