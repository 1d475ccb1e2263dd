/** Errors of a model that was loaded from a file with only one tower. */
import type { Tower } from '../models/names/names'
import { DreamLIPError } from '../errors'

/** A tower that a model lacks, and the file that does not contain it. */
export interface MissingTower {
  readonly tower: Tower
  /** The file that the model was loaded from. */
  readonly file: string
}

/** @throws DreamLIPError `CHECKPOINT_MISMATCH` if the model was loaded from a file with only the other tower */
export function checkTower({ missing }: { readonly missing?: MissingTower }, tower: Tower): void {
  if (missing?.tower !== tower) return
  const [needed, held] = tower === 'text' ? ['texts', 'image'] : ['images', 'text']
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${needed}: this model has no ${tower} tower: ${missing.file} contains only the ${held} tower. ` +
      `To embed ${needed}, load the file of a whole CLIP model.`,
  )
}
