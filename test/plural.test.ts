import { expect, it } from 'vitest'
import { plural } from '../src/plural'

it.each([
  [0, '0 images'],
  [1, '1 image'],
  [2, '2 images'],
  [12_345, '12,345 images'],
])('%i is written as %s', (count, text) => expect(plural(count, 'image')).toBe(text))

it('takes irregular plurals', () => expect(plural(2, 'entry', 'entries')).toBe('2 entries'))
