/** Checks an augmentation that a caller describes. */
import { checkList, checkNumber, checkObject, checkWhole, wrongArgument, type Range } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { Augmentation } from './augment'

export const augmentationKeys = {
  ...{ scale: 0, ratio: 0, gray: 0, flip: 0 },
  blur: { sigma: 0, probability: 0 },
  jitter: { strengths: 0, probability: 0 },
  randAugment: { count: 0, magnitude: 0 },
} as const satisfies KeysOf<Augmentation>

const share: Range = { least: 0, most: 1 }

/** @throws DreamLIPError `INVALID_ARGUMENT` that names the entry that is missing, unknown or out of range */
export function checkAugmentation(name: string, augmentation: Augmentation): Augmentation {
  checkKeys(name, checkObject(name, augmentation), augmentationKeys)
  const { scale, ratio, blur, jitter, gray, flip, randAugment } = augmentation
  checkInterval(`${name}.scale`, scale, { above: 0, most: 1 })
  checkInterval(`${name}.ratio`, ratio, { above: 0 })
  if (blur !== undefined) {
    const { sigma, probability } = checkObject(`${name}.blur`, blur)
    checkInterval(`${name}.blur.sigma`, sigma, { least: 0 })
    checkNumber(`${name}.blur.probability`, probability, share)
  }
  if (jitter !== undefined) {
    const { strengths, probability } = checkObject(`${name}.jitter`, jitter)
    checkNumbers(`${name}.jitter.strengths`, strengths, 4, { least: 0 })
    checkNumber(`${name}.jitter.probability`, probability, share)
  }
  if (gray !== undefined) checkNumber(`${name}.gray`, gray, share)
  if (flip !== undefined) checkNumber(`${name}.flip`, flip, share)
  if (randAugment !== undefined) {
    const { count, magnitude } = checkObject(`${name}.randAugment`, randAugment)
    checkWhole(`${name}.randAugment.count`, count, 0)
    checkNumber(`${name}.randAugment.magnitude`, magnitude, { least: 0, most: 10 })
  }
  return augmentation
}

/** Two numbers in a range, the smaller one first. */
function checkInterval(name: string, interval: readonly [number, number], range: Range): void {
  const [low, high] = checkNumbers(name, interval, 2, range)
  if (low! > high!) throw wrongArgument(name, 'the smaller number first', interval)
}

function checkNumbers(name: string, values: readonly number[], count: number, range: Range): readonly number[] {
  const expected = `${count} numbers`
  if (checkList(name, values, expected).length !== count) throw wrongArgument(name, expected, values)
  values.forEach((value, i) => checkNumber(`${name}[${i}]`, value, range))
  return values
}
