/** The features of a batch, which the loss compares: both towers over images and captions. */
import { exp, reshape, tidy, type Scalar, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core'
import { encodeImage, encodePatches, encodeTextRows, projectPatches, type TextRows } from '../../models/clip/clip'
import type { CLIPConfig } from '../../models/config/config'
import type { ModelParameters } from '../../models/layers/scope'
import { embedding } from '../../ops/layers/embedding'
import { l2Normalize } from '../../ops/layers/l2-normalize'

/**
 * The features of B images with K captions each, and the factors on their cosines: the input of a loss. Features have unit
 * length unless the loss says otherwise.
 */
export interface Features {
  /** `[B, C]` */
  readonly images: Tensor2D
  /** `[B, K, C]` */
  readonly texts: Tensor3D
  /** `[B, P, C]`: patches projected into the embedding space; only if the loss uses patches */
  readonly patches?: Tensor3D
  /** The exponential of `logit_scale`: a scalar */
  readonly logitScale: Scalar
  /** The factor for patches: the exponential of `logit_scale_local`, or `logitScale` if the model has no such parameter */
  readonly localLogitScale: Scalar
  /** int32 `[B, K + B - 1]`: the texts to compare each image with, as indices into the B · K texts; only if the loss draws them */
  readonly negatives?: Tensor2D
}

/** The inputs of a step: a batch in the form that both towers expect. `stepInputs` makes the arrays for them. */
export interface StepInputs extends TextRows {
  /** `[B, 3, height, width]` */
  readonly pixels: Tensor4D
  /** int32 `[B, K]`: for each caption the index of its end among the ends of all rows */
  readonly texts: Tensor2D
  /** int32 `[B, kept]`: the tokens that patch dropout keeps */
  readonly kept?: Tensor2D
  /** int32 `[B, K + B - 1]`: the texts to compare each image with, if the loss draws them */
  readonly negatives?: Tensor2D
}

/** The features that a loss needs. */
export interface FeatureForm {
  /** Whether the loss needs patches; they are computed only then. */
  readonly usesPatches: boolean
  /** Whether features have unit length; default true. */
  readonly normalizes?: boolean
}

/** Runs both towers over one batch. */
export function computeFeatures(
  parameters: ModelParameters,
  batch: StepInputs,
  config: CLIPConfig,
  form: FeatureForm,
): Features {
  const vision = imageFeatures(parameters, batch, config, form)
  const texts = textFeatures(parameters, batch, config, form)
  return { ...vision, texts, ...logitScales(parameters), negatives: batch.negatives }
}

/** `images` `[B, C]`, and if the loss uses them also `patches` `[B, P, C]`. */
export function imageFeatures(
  parameters: ModelParameters,
  { pixels, kept }: Pick<StepInputs, 'pixels' | 'kept'>,
  config: CLIPConfig,
  { usesPatches, normalizes = true }: FeatureForm,
): Pick<Features, 'images' | 'patches'> {
  const scaled = (image: Tensor2D) => (normalizes ? l2Normalize(image) : image)
  if (!usesPatches) return { images: tidy(() => scaled(encodeImage(parameters, pixels, config, kept))) }
  return tidy(() => {
    const { image, patches } = encodePatches(parameters, pixels, config, 'standard', kept)
    return { images: scaled(image), patches: projectPatches(parameters, patches, config, normalizes) }
  })
}

/** `[B, K, C]`: beginnings that captions share, and equal captions, are computed once. */
export function textFeatures(
  parameters: ModelParameters,
  batch: StepInputs,
  config: CLIPConfig,
  { normalizes = true }: FeatureForm,
): Tensor3D {
  return tidy(() => {
    const embeddings = encodeTextRows(parameters, batch, config) // [rows · ends, C]
    return embedding(normalizes ? l2Normalize(embeddings) : embeddings, batch.texts) // [B, K, C]
  })
}

/** The factors on cosines; the parameters are their logarithms. */
export function logitScales(parameters: ModelParameters): Pick<Features, 'logitScale' | 'localLogitScale'> {
  const logitScale = exp(parameters.get('logit_scale') as Scalar)
  const local = parameters.get('logit_scale_local')
  return { logitScale, localLogitScale: local ? exp(reshape(local, []) as Scalar) : logitScale }
}
