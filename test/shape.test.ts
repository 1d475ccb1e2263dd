import { describe, expect, it } from 'vitest'
import { elementCount, isShape } from '../src/shape'

describe('elementCount', () => {
  it('counts elements', () => {
    expect(elementCount([])).toBe(1)
    expect(elementCount([3, 4, 2])).toBe(24)
    expect(elementCount([3, 0, 2])).toBe(0)
  })

  it('gives NaN beyond 2^53, even if a later axis is empty', () => {
    expect(Number.isSafeInteger(elementCount([2 ** 40, 2 ** 40]))).toBe(false)
    expect(elementCount([2 ** 40, 2 ** 40, 0])).toBeNaN()
  })
})

describe('isShape', () => {
  it('takes whole numbers from 0, of the given rank', () => {
    for (const shape of [[], [0], [3, 4]]) expect(isShape(shape)).toBe(true)
    expect(isShape([3, 4], 2)).toBe(true)
    expect(isShape([3, 4], 3)).toBe(false)
  })

  it('refuses everything else', () => {
    for (const value of [undefined, 3, '34', { 0: 3 }, [-1], [1.5], [2 ** 53], [NaN], ['3']]) {
      expect(isShape(value)).toBe(false)
    }
  })
})
