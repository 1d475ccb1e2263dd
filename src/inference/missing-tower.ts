/** A model that was loaded from one tower alone. */
import type { Tower } from '../checkpoint/names/names'
import { DreamLIPError } from '../errors'

/** Why a model lacks a tower. */
export interface MissingTower {
  readonly tower: Tower
  /** What it was loaded from. */
  readonly file: string
}

/** @throws DreamLIPError `CHECKPOINT_MISMATCH` where the model was loaded from the other tower alone */
export function checkTower({ missing }: { readonly missing?: MissingTower }, tower: Tower): void {
  if (missing?.tower !== tower) return
  const [needed, held] = tower === 'text' ? ['texts', 'image'] : ['images', 'text']
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${needed}: this model has no ${tower} tower: ${missing.file} contains only the ${held} tower. ` +
      `To embed ${needed}, load the file of a whole CLIP model.`,
  )
}
