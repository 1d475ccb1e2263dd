import { describe, expect, it } from 'vitest'
import { parseBytes, parseCosine, parseDate } from '../../../src/cli/search/filter-values'

describe('dates', () => {
  it.each([
    ['2024', '2024-01-01T00:00:00.000Z', '2024-12-31T23:59:59.999Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2023-12', '2023-12-01T00:00:00.000Z', '2023-12-31T23:59:59.999Z'],
    ['2024-05-31', '2024-05-31T00:00:00.000Z', '2024-05-31T23:59:59.999Z'],
    ['2024-05-31T18:30', '2024-05-31T18:30:00.000Z', '2024-05-31T18:30:59.999Z'],
  ])('%s is from %s to %s', (value, first, last) => {
    const range = parseDate(value)
    expect([range.first, range.last].map((time) => new Date(time).toISOString())).toEqual([first, last])
  })

  it.each(['', 'May', '24', '2024-13', '2023-02-29', '2024-05-31T25:00', '2024-5-1', '2024-05-31Z'])(
    '%j is refused',
    (value) => {
      expect(() => parseDate(value)).toThrow()
    },
  )
})

it.each([
  ['500', 500],
  ['500kB', 500_000],
  ['2.5 MB', 2_500_000],
  ['1GiB', 2 ** 30],
  ['3m', 3_000_000],
])('%s is %d bytes', (value, bytes) => expect(parseBytes(value)).toBe(bytes))

it.each(['', '-1', '5 XB', 'kB', '1e3', '0x10'])('%j is no size', (value) => expect(() => parseBytes(value)).toThrow())

it('takes cosines only', () => {
  expect(parseCosine('0.97')).toBe(0.97)
  for (const value of ['', ' ', '1.1', 'high', 'NaN']) expect(() => parseCosine(value)).toThrow()
})
