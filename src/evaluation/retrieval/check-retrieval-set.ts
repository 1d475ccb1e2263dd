/** Checks the model and the set of a retrieval benchmark. */
import { checkChoice, checkList, checkObject, checkStrings, wrongArgument } from '../../check-arguments'
import { DreamLIP } from '../../dreamlip'
import type { RetrievalSet } from '../datasets/data-set'

/** @throws DreamLIPError `INVALID_ARGUMENT` unless there is a model and a set with a caption */
export function checkRetrievalSet(model: DreamLIP, set: RetrievalSet): void {
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkChoice('set.task', checkObject('set', set, 'a retrieval set').task, ['retrieval'])
  checkList('set.samples', set.samples).forEach((sample, i) => {
    const name = `set.samples[${i}]`
    checkStrings(`${name}.captions`, checkObject(name, sample, 'an image with captions').captions)
  })
  if (set.samples.some(({ captions }) => captions.length > 0)) return
  throw wrongArgument('set.samples', 'at least one image with a caption', set.samples)
}
