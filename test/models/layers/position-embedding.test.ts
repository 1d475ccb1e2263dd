import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resizePositionEmbedding, resizeTextPositionEmbedding } from '../../../src/models/layers/position-embedding'
import { largestDifference } from '../../ops/compare'
import { pattern } from '../pattern'

interface Goldens {
  grids: { from: [number, number]; to: [number, number]; width: number; values: number[] }[]
  contexts: { from: number; to: number; width: number; values: number[] }[]
}

const goldens = JSON.parse(readFileSync('test/fixtures/models/positions.json', 'utf8')) as Goldens

describe('resizePositionEmbedding', () => {
  it.each(goldens.grids)(
    "goes from $from to $to as PyTorch's antialiased bicubic does",
    ({ from, to, width, values }) => {
      const positions = Float32Array.from(pattern(3000, [1 + from[0] * from[1], width]))
      const resized = resizePositionEmbedding(positions, width, from, to)
      expect(largestDifference(resized, values)).toBeLessThan(1e-6)
    },
  )

  it("keeps the class token's position and the positions of an equal grid, bit for bit", () => {
    const positions = Float32Array.from(pattern(1, [10, 4]))
    expect(resizePositionEmbedding(positions, 4, [3, 3], [5, 5]).subarray(0, 4)).toEqual(positions.subarray(0, 4))
    expect(resizePositionEmbedding(positions, 4, [3, 3], [3, 3])).toEqual(positions)
  })

  it('refuses values that are not those of the grid', () => {
    expect(() => resizePositionEmbedding(new Float32Array(9 * 4), 4, [3, 3], [5, 5])).toThrow(
      /expected 40 values.*got 36/,
    )
  })
})

describe('resizeTextPositionEmbedding', () => {
  it.each(goldens.contexts)(
    "goes from $from to $to as PyTorch's linear interpolation does",
    ({ from, to, width, values }) => {
      const positions = Float32Array.from(pattern(3001, [from, width]))
      expect(largestDifference(resizeTextPositionEmbedding(positions, width, from, to), values)).toBeLessThan(1e-6)
    },
  )

  it('refuses values that are not those of the context', () => {
    expect(() => resizeTextPositionEmbedding(new Float32Array(7), 4, 2, 3)).toThrow(/expected 8 values.*got 7/)
  })
})
