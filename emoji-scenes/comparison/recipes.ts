/** The ways in which the same small model is trained: what each step sees, and what it makes smaller. */
import { dreamLIPLoss, type LoaderOptions, type TrainingLoss } from 'dreamlip'

export interface Recipe {
  /** How tables name it. */
  readonly title: string
  /** The texts of an image in a step. */
  readonly texts: LoaderOptions['texts']
  readonly loss: TrainingLoss
}

/** The raw caption and six sub-captions an image, as in the paper. */
const sevenTexts = { count: 6 }

export const recipes = {
  'raw-captions': {
    title: 'CLIP, raw captions',
    texts: { count: 0 },
    loss: dreamLIPLoss({ subcaptionPatch: 0 }),
  },
  'one-sub-caption': {
    title: 'CLIP, one random sub-caption',
    texts: { count: 1, raw: 'drawn' },
    loss: dreamLIPLoss({ subcaptionPatch: 0 }),
  },
  'multi-positive': {
    title: 'multi-positive',
    texts: sevenTexts,
    loss: dreamLIPLoss({ subcaptionPatch: 0 }),
  },
  'grouping-image': {
    title: '+ grouping, negatives of the image',
    texts: sevenTexts,
    loss: dreamLIPLoss({ patches: { negatives: 'image' } }),
  },
  'grouping-batch': {
    title: '+ grouping, negatives of the batch',
    texts: sevenTexts,
    loss: dreamLIPLoss({ patches: { negatives: 'batch' } }),
  },
  'grouping-patches': {
    title: '+ grouping, negatives: patches of other images',
    texts: sevenTexts,
    loss: dreamLIPLoss({ patches: { negatives: 'patches' } }),
  },
} satisfies Readonly<Record<string, Recipe>>

export type RecipeName = keyof typeof recipes
