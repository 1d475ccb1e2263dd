/**
 * How `npm run train` trains a model: the first steps see the pictures small, which is cheap; the others see them as large as the
 * model will. The patches have the same size in all stages, so only the positions change.
 */
import { dreamLIPLoss, type OpenCLIPConfig, type TrainerOptions } from 'dreamlip'
import type { SplitOptions } from '../data-set/write-split'

/** The embedding of an image is the mean of its patches: a model this small learns faster so than with a class token. */
export const firstModel: OpenCLIPConfig = {
  embed_dim: 192,
  vision_cfg: { image_size: 48, layers: 6, width: 192, head_width: 32, patch_size: 12, pool_type: 'avg' },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 128, heads: 4, layers: 3 },
}

/** The pictures do not depend on the seed of the run: that initializes the weights and orders the data. */
export const trainingData: SplitOptions = { split: 'varied', samples: 60_000, size: 72, seed: 0, samplesPerShard: 1000 }

/** Four sentences, as many as there are things at most. Grouping is there from the start: a model without it spreads things over all patches. */
export const texts = { count: 4 }
export const loss = dreamLIPLoss({ patches: { negatives: 'patches' } })

export interface Stage {
  readonly name: string
  /** Side of the pictures in pixels. */
  readonly imageSize: number
  readonly steps: number
  readonly batchSize: number
  readonly learningRate: number
  readonly freeze?: TrainerOptions['freeze']
}

export const stages: readonly Stage[] = [
  { name: 'small', imageSize: 48, steps: 7000, batchSize: 128, learningRate: 1e-3 },
  { name: 'large', imageSize: 72, steps: 7000, batchSize: 64, learningRate: 6e-4 },
  // The words are learnt by now. A step is faster without the 49,408 rows of their table.
  { name: 'longer', imageSize: 72, steps: 9000, batchSize: 64, learningRate: 5e-4, freeze: { text: { unlocked: 4 } } },
]
