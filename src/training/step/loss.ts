/** The loss of a step: weighted terms by name, whose sum is minimized. */
import { mul, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { checkNumber, checkObject } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { checkKeys, type KeysOf } from '../../known-keys'
import { multiPositiveLoss } from '../../losses/multi-positive'
import { subcaptionPatchLoss, type SubcaptionPatchLossOptions } from '../../losses/subcaption-patch'
import type { ModelParameters } from '../../models/layers/scope'
import type { FeatureForm, Features } from './features'

/** A loss for a `Trainer`: `dreamLIPLoss` makes DreamLIP's; any object of this form works. */
export interface TrainingLoss extends FeatureForm {
  /** Whether patches have a temperature of their own, `logit_scale_local`; default: as `usesPatches`. */
  readonly hasLocalScale?: boolean
  /** Whether each step draws the texts that an image is compared with (`negatives`); default false. */
  readonly drawsTexts?: boolean
  /** Name prefixes of the parameters that the loss itself uses, in addition to the logit scales; default none. */
  readonly parameters?: readonly string[]
  /**
   * Weighted scalars by name; their sum is the loss.
   * @param parameters of the model, by their PyTorch names
   */
  terms(features: Features, parameters: ModelParameters): Record<string, Tensor>
}

/** Options of the loss between patches and sub-captions. */
export type PatchLossOptions = Pick<SubcaptionPatchLossOptions, 'normalization' | 'threshold' | 'negatives'>

/** Weights of DreamLIP's two terms; both default to 1. A term of weight 0 is not computed. */
export interface LossOptions {
  readonly multiPositive?: number
  readonly subcaptionPatch?: number
  readonly patches?: PatchLossOptions
}

const lossKeys: KeysOf<LossOptions> = {
  multiPositive: 0,
  subcaptionPatch: 0,
  patches: { normalization: 0, threshold: 0, negatives: 0 } satisfies KeysOf<PatchLossOptions>,
}

/**
 * DreamLIP's loss (section 3.4): `multiPositive`, between images and sub-captions, and `subcaptionPatch`, between patches and
 * sub-captions. With one caption per image and `subcaptionPatch: 0` it is CLIP's loss.
 * @throws DreamLIPError `INVALID_ARGUMENT` for invalid weights
 */
export function dreamLIPLoss(options: LossOptions = {}): TrainingLoss {
  checkKeys('loss', checkObject('options', options), lossKeys)
  const { multiPositive = 1, subcaptionPatch = 1, patches } = options
  const weights = { multiPositive, subcaptionPatch }
  for (const [name, weight] of Object.entries(weights)) checkNumber(`loss.${name}`, weight, { least: 0 })
  if (patches !== undefined) checkObject('loss.patches', patches)
  if (multiPositive + subcaptionPatch === 0) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `loss: expected weights of at least 0, and one of them above 0; got ${JSON.stringify(weights)}.`,
    )
  }
  const usesPatches = subcaptionPatch > 0
  return {
    usesPatches,
    terms: ({ images, texts, patches: tokens, logitScale, localLogitScale }: Features) => ({
      ...(multiPositive > 0 && {
        multiPositive: mul<Scalar>(multiPositiveLoss({ images, texts, logitScale }), multiPositive),
      }),
      ...(usesPatches && {
        subcaptionPatch: mul<Scalar>(
          subcaptionPatchLoss({ patches: tokens!, texts, logitScale: localLogitScale, ...patches }),
          subcaptionPatch,
        ),
      }),
    }),
  }
}
