import { describe, expect, it } from 'vitest'
import { augmentations, type Augmentation } from '../../../src/images/augment/augment'
import { checkAugmentation } from '../../../src/images/augment/check-augmentation'

describe('checkAugmentation', () => {
  it.each(Object.entries(augmentations))('accepts the built-in %s', (_, augmentation) => {
    expect(checkAugmentation('augmentation', augmentation)).toBe(augmentation)
  })

  const { crop } = augmentations
  it.each<[string, object, string]>([
    ['an entry that is missing', { scale: [0.5, 1] }, 'a.ratio: expected 2 numbers; got undefined'],
    ['an unknown entry', { ...crop, blurr: {} }, 'a.blurr: unknown; did you mean a.blur?'],
    ['a share above 1', { ...crop, flip: 2 }, 'a.flip: expected a number from 0 to 1; got 2'],
    ['an interval in the wrong order', { ...crop, scale: [1, 0.5] }, 'a.scale: expected the smaller number first'],
    [
      'strengths that are too few',
      { ...crop, jitter: { strengths: [1], probability: 1 } },
      'a.jitter.strengths: expected 4',
    ],
    ['a magnitude beyond 10', { ...crop, randAugment: { count: 1, magnitude: 11 } }, 'a.randAugment.magnitude'],
  ])('refuses %s', (_, augmentation, message) => {
    expect(() => checkAugmentation('a', augmentation as Augmentation)).toThrow(message)
  })
})
