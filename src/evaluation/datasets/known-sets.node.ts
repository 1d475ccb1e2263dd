/** All data sets that can be evaluated by name. */
import { DreamLIPError } from '../../errors'
import { didYouMean } from '../../known-keys'
import { checkText } from '../../check-arguments'
import type { KnownSet, KnownSets } from './known-set'
import { choiceSets } from './choices/known-choice-sets.node.ts'
import { classificationSets } from './classification/known-classification-sets.node.ts'
import { retrievalSets } from './retrieval/known-retrieval-sets.node.ts'
import { pointingSets } from './pointing/known-pointing-sets.node.ts'
import { segmentationSets } from './segmentation/known-segmentation-sets.node.ts'

/** Data sets by the names that `dreamlip eval` uses. */
export const knownSets: KnownSets = {
  ...classificationSets,
  ...retrievalSets,
  ...choiceSets,
  ...segmentationSets,
  ...pointingSets,
}

/** @throws DreamLIPError `INVALID_ARGUMENT` for a name that is not in the table */
export function findKnownSet(name: string): KnownSet {
  checkText('set', name, 'the name of a data set')
  if (Object.hasOwn(knownSets, name)) return knownSets[name]!
  const names = Object.keys(knownSets)
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `set: ${JSON.stringify(name)} is unknown.${didYouMean(name, names)} dreamlip eval sets lists the ${names.length} known ones.`,
  )
}
