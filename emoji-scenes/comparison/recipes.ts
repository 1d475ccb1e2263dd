/** The training recipes that are compared: the texts of each step, and the loss. */
import { dreamLIPLoss, type LoaderOptions, type TrainingLoss } from 'dreamlip'

export interface Recipe {
  /** Its name in tables. */
  readonly title: string
  /** The texts per image in a step. */
  readonly texts: LoaderOptions['texts']
  readonly loss: TrainingLoss
}

/** The raw caption and six sub-captions per image, as in the paper. */
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
