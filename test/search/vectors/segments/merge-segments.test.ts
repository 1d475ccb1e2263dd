import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { segmentsToMerge } from '../../../../src/search/vectors/segments/merge-segments'
import { mostRows } from '../../../../src/search/vectors/segments/segment-file'

describe('merging segments', () => {
  it.each([
    [[], 0],
    [[5], 0],
    [[5, 5], 2],
    [[100, 5], 0],
    [[100, 20, 15], 2],
    [[10, 6, 5], 3],
    [[mostRows, mostRows], 0],
    [[mostRows, 10, 10], 2],
  ])('of %j rows merges the last %i', (sizes, count) => {
    expect(segmentsToMerge(sizes)).toBe(count)
  })

  it('keeps few segments and writes each row a few times, however rows arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 300 }), (arrivals) => {
        let sizes: number[] = []
        let written = 0
        const total = arrivals.reduce((sum, rows) => sum + rows, 0)
        for (const rows of arrivals) {
          sizes.push(rows)
          written += rows
          const count = segmentsToMerge(sizes)
          if (count === 0) continue
          const merged = sizes.slice(-count).reduce((sum, size) => sum + size, 0)
          sizes = [...sizes.slice(0, -count), merged]
          written += merged
        }
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total)
        expect(sizes.length).toBeLessThanOrEqual(3 * (total / mostRows) + 18)
        expect(written).toBeLessThanOrEqual(20 * total)
      }),
    )
  })
})
