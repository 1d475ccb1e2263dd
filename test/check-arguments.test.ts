/** The checks of arguments: valid values, and the text of the errors. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCall, checkChoice, checkNumber, checkPath, checkWhole, show } from '../src/check-arguments'

describe('checkWhole', () => {
  it.each([1, 5, 2 ** 53 - 1])('returns %d', (value) => expect(checkWhole('n', value, 1)).toBe(value))

  it.each([
    [0, 'n: expected a whole number of at least 1; got 0.'],
    [-0, 'n: expected a whole number of at least 1; got -0.'],
    [1.5, 'n: expected a whole number of at least 1; got 1.5.'],
    [NaN, 'n: expected a whole number of at least 1; got NaN.'],
    [Infinity, 'n: expected a whole number of at least 1; got Infinity.'],
    [2 ** 53, 'n: expected a whole number of at least 1; got 9007199254740992.'],
    ['3', 'n: expected a whole number of at least 1; got "3".'],
    [null, 'n: expected a whole number of at least 1; got null.'],
    [[2], 'n: expected a whole number of at least 1; got [2].'],
    [3n, 'n: expected a whole number of at least 1; got 3n.'],
  ])('refuses %o', (value, message) => expect(() => checkWhole('n', value, 1)).toThrow(message))

  it('names both ends of a range', () => {
    expect(() => checkWhole('n', 9, 0, 8)).toThrow('n: expected a whole number from 0 to 8; got 9.')
  })
})

describe('checkNumber', () => {
  it.each([
    [{ least: 0 }, 'a number of at least 0', [0, 1.5], [-1, NaN, Infinity, '1']],
    [{ above: 0 }, 'a number above 0', [1e-9], [0, -1, NaN]],
    [{ least: 0, most: 1 }, 'a number from 0 to 1', [0, 1], [1.1, -0.1]],
    [{ least: 0, below: 1 }, 'a number from 0 to below 1', [0, 0.99], [1]],
    [{}, 'a number', [-5], [NaN, -Infinity]],
  ])('accepts and refuses the right numbers for %j', (range, expected, right, wrong) => {
    for (const value of right) expect(checkNumber('x', value, range)).toBe(value)
    for (const value of wrong) expect(() => checkNumber('x', value, range)).toThrow(`x: expected ${expected}; got `)
  })
})

it('checkChoice lists the names', () => {
  expect(() => checkChoice('kind', 'c', ['a', 'b'])).toThrow('kind: expected one of a, b; got "c".')
})

it('checkPath refuses texts that cannot be file names', () => {
  for (const path of ['', 'a\0b', 5, null]) expect(() => checkPath('path', path)).toThrow(/^path: expected a path/)
})

it('checkCall takes signals, not controllers, and throws if one is aborted', () => {
  const controller = new AbortController()
  expect(() => checkCall({ signal: controller as unknown as AbortSignal })).toThrow(
    /^signal: expected an AbortSignal; got/,
  )
  expect(checkCall({ signal: controller.signal })).toEqual({ signal: controller.signal })
  controller.abort()
  expect(() => checkCall({ signal: controller.signal })).toThrow(expect.objectContaining({ name: 'AbortError' }))
  expect(() => checkCall({ onProgress: 1 })).toThrow('onProgress: expected a function; got 1.')
})

describe('show', () => {
  it.each([
    ['text', '"text"'],
    [[1, 'a', null], '[1, "a", null]'],
    [{ eps: 1e-6 }, '{"eps":0.000001}'],
    [new Float32Array(3), 'Float32Array of 3'],
    [new Map(), 'an object (Map)'],
    [() => 1, 'a function'],
    [undefined, 'undefined'],
  ])('quotes %o', (value, expected) => expect(show(value)).toBe(expected))

  it('runs no code of the caller: no getter, toString or toJSON', () => {
    const trap = () => {
      throw new Error('was run')
    }
    expect(show({ toString: trap, toJSON: trap })).toBe('an object (Object)')
    expect(show(Object.defineProperty({}, 'x', { get: trap, enumerable: true }))).toBe('an object (Object)')
  })

  it('is short for anything', () => {
    fc.assert(fc.property(fc.anything(), (value) => void expect(show(value).length).toBeLessThan(300)))
    expect(show('x'.repeat(1e6)).length).toBeLessThan(300)
  })
})
