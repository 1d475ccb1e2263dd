import { describe, expect, it } from 'vitest'
import { checkDelta, checkRepeatedTexts, checkRuns } from '../../../../src/data/readers/parquet/runs'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('checkRuns', () => {
  it('reads runs, and counts the values equal to a given one', () => {
    // 5 times 1; then eight values of one bit: 1 0 1 0 0 0 0 0, of which five are requested.
    expect(checkRuns(bytes(5 << 1, 1, (1 << 1) | 1, 0b101), 0, 10, 1, 1)).toEqual({ end: 4, equal: 7 })
    // Values of three bits: 1 2 3 … 8, packed like a writer's.
    expect(checkRuns(bytes(3, 0x88, 0xc6, 0xfa), 0, 8, 3, 0)).toEqual({ end: 4, equal: 1 })
  })

  it.each([
    [
      'a run longer than the page has values',
      bytes(0xfe, 0xff, 0xff, 0xff, 0x07, 1),
      /run has 1073741823 values, but its page has 10/,
    ],
    ['packed values that are far too many', bytes(0xff, 0xff, 0x03, 1), /run has 262136 values/],
    ['a length of more than 31 bits', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 1), /more than 31 bits/],
    ['runs that end too early', bytes(2, 1), /ends in the middle/],
  ])('refuses %s', (_, page, message) => {
    expect(() => checkRuns(page, 0, 10, 1)).toThrow(message)
  })
})

describe('checkDelta', () => {
  it.each([
    ['as writers choose them', bytes(0x80, 0x01, 4), undefined],
    ['of no parts', bytes(0x80, 0x01, 0), /0 parts/],
    ['of no values', bytes(0, 4), /blocks of 0/],
    ['that cannot be divided', bytes(0x81, 0x01, 4), /blocks of 129/],
    ['of a thousand million parts', bytes(0x80, 0x01, 0x80, 0x94, 0xeb, 0xdc, 0x03), /parts/],
  ])('checks blocks %s', (_, page, message) => {
    if (message) expect(() => checkDelta(page, 0)).toThrow(message)
    else expect(() => checkDelta(page, 0)).not.toThrow()
  })
})

describe('checkRepeatedTexts', () => {
  /** Two values; the second is larger by a difference. */
  const two = (first: number, more: number) => [0x80, 0x01, 4, 2, 2 * first, 2 * more, 0, 0, 0, 0]

  it('accepts texts that share prefixes', () => {
    expect(() => checkRepeatedTexts(bytes(...two(0, 3), ...two(5, -3 + 4)), 0, 2, 14)).not.toThrow()
  })

  it.each([
    [
      'a text that repeats more than there is',
      bytes(...two(0, 6), ...two(5, 0)),
      100,
      /repeats 6 bytes of the previous text, which has 5/,
    ],
    ['texts that grow beyond the bound', bytes(...two(0, 5), ...two(5, 0)), 14, /unpack to more than 14/],
    ['lengths that break off', bytes(...two(0, 5)), 14, /ends in the middle/],
  ])('refuses %s', (_, page, most, message) => {
    expect(() => checkRepeatedTexts(page, 0, 2, most)).toThrow(message)
  })
})
