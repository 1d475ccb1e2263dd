/**
 * How `npm run train` trains a model: first it learns what things are called, from small pictures that show one thing each;
 * then it learns scenes, from larger pictures with the same patches.
 */
import { dreamLIPLoss, type LoaderOptions, type OpenCLIPConfig, type TrainingLoss } from 'dreamlip'
import type { SplitName } from '../data-set/samples'

/** The embedding of an image is the mean of its patches: a model this small learns faster so than with a class token. */
export const firstModel: OpenCLIPConfig = {
  embed_dim: 192,
  vision_cfg: { image_size: 48, layers: 6, width: 192, head_width: 32, patch_size: 12, pool_type: 'avg' },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 128, heads: 4, layers: 3 },
}

export interface Stage {
  readonly name: string
  readonly split: SplitName
  readonly samples: number
  /** Side of the pictures in pixels. */
  readonly imageSize: number
  readonly steps: number
  readonly batchSize: number
  readonly learningRate: number
  readonly texts: LoaderOptions['texts']
  readonly loss: TrainingLoss
}

/** Without it in the first stage, the second does not learn where things are. */
const grouped = dreamLIPLoss({ patches: { negatives: 'patches' } })

export const stages: readonly Stage[] = [
  {
    name: 'close-ups',
    split: 'close-ups',
    samples: 60_000,
    imageSize: 48,
    steps: 4000,
    batchSize: 128,
    learningRate: 1e-3,
    texts: { count: 1 },
    loss: grouped,
  },
  {
    name: 'scenes',
    split: 'varied',
    samples: 40_000,
    imageSize: 72,
    steps: 6000,
    batchSize: 64,
    learningRate: 8e-4,
    texts: { count: 4 },
    loss: grouped,
  },
]
