/** Checks a classification set that a caller passes. */
import { checkList, checkObject, checkStrings, wrongArgument } from '../../check-arguments'
import type { DreamLIP } from '../../dreamlip'
import { checkSamples } from '../check-samples'
import type { ClassificationSet } from '../datasets/data-set'

/** @throws DreamLIPError `INVALID_ARGUMENT` unless it has classes, and images with indices of these classes */
export function checkClassificationSet(model: DreamLIP, name: string, set: ClassificationSet): void {
  const { task, classes, templates, samples, problems } = checkObject(name, set, 'a classification set')
  if (task !== 'classification') throw wrongArgument(`${name}.task`, "'classification'", task)
  checkStrings(`${name}.classes`, classes)
  if (classes.length === 0) throw wrongArgument(`${name}.classes`, 'at least one class', classes)
  checkStrings(`${name}.templates`, templates)
  checkList(`${name}.problems`, problems)
  checkSamples(model, samples, 'images with the indices of their classes')
  samples.forEach((sample, i) => {
    const isIndex = (at: unknown) => Number.isInteger(at) && (at as number) >= 0 && (at as number) < classes.length
    if (typeof sample.id !== 'string') throw wrongArgument(`${name}.samples[${i}].id`, 'a string', sample.id)
    if (!checkList(`${name}.samples[${i}].classes`, sample.classes).every(isIndex)) {
      throw wrongArgument(`${name}.samples[${i}].classes`, `indices from 0 to ${classes.length - 1}`, sample.classes)
    }
  })
}
