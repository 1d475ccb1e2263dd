/** FLAIR's loss for a `Trainer`. */
import type { Scalar } from '@tensorflow/tfjs-core'
import { flairLoss } from '../../losses/flair'
import type { ModelParameters } from '../../models/layers/scope'
import type { TrainingLoss } from './loss'

/** The prefix of the names of the pool's parameters. */
const pool = 'visual_proj.'

/**
 * FLAIR's loss (sections 3.2 and 3.3 of its paper): the mean of the text-conditioned and the multi-positive sigmoid loss. Each image is
 * compared with its own captions and one random caption of each other image, which each step draws anew.
 */
export const flairTrainingLoss: TrainingLoss = {
  usesPatches: true,
  normalizes: false,
  hasLocalScale: false,
  drawsTexts: true,
  parameters: [pool, 'logit_bias'],
  terms: ({ images, texts, patches, logitScale, negatives }, parameters) => ({
    flair: flairLoss({
      ...{ images, texts, patches: patches!, logitScale, negatives },
      logitBias: parameters.get('logit_bias') as Scalar,
      pool: poolOf(parameters),
    }),
  }),
}

function poolOf(parameters: ModelParameters): ModelParameters {
  const own = [...parameters].filter(([name]) => name.startsWith(pool))
  return new Map(own.map(([name, tensor]) => [name.slice(pool.length), tensor]))
}
