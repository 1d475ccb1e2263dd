import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  resizePositionEmbedding,
  resizeTextPositionEmbedding,
  stretchTextPositionEmbedding,
} from '../../../src/models/layers/position-embedding'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPython } from '../../parity/python'
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

/** Long-CLIP's `load_from_clip`: four positions for each position after the first 20. */
const stretchInPython = `
import json, sys, torch
old = torch.tensor(json.loads(sys.argv[1]), dtype=torch.float32)
length, kept = old.shape[0], 20
slope = old[-1] - old[-2]
rest = []
for i in range(kept, length):
    step = old[i + 1] - old[i] if i + 1 < length else slope
    following = old[i + 1] if i + 1 < length else None
    for part in range(4):
        inside = following is not None
        rest.append((4 - part) * old[i] / 4 + part * following / 4 if inside else old[i] + part * step / 4)
print(json.dumps(torch.cat([old[:kept], torch.stack(rest)]).flatten().tolist()))
`

describe('stretchTextPositionEmbedding', () => {
  it.skipIf(!pythonHas('torch'))('goes from 77 to 248 as Long-CLIP does, to float32', () => {
    const positions = Float32Array.from(pattern(3002, [77, 5]))
    const rows = Array.from({ length: 77 }, (_, i) => [...positions.subarray(5 * i, 5 * (i + 1))])
    const expected = JSON.parse(runPython(stretchInPython, [JSON.stringify(rows)])) as number[]
    const stretched = stretchTextPositionEmbedding(positions, 5, 77, 248)
    expect(stretched).toHaveLength(248 * 5)
    // Rounded once, not three times as in Python.
    expect(largestDifference(stretched, expected)).toBeLessThan(1.2e-7)
    expect(stretched.subarray(0, 100)).toEqual(Float32Array.from(expected.slice(0, 100)))
  })

  it('keeps the first 20, and goes on in straight lines that meet the old positions at equal steps', () => {
    const lengths = fc.tuple(fc.integer({ min: 22, max: 120 }), fc.integer({ min: 1, max: 6 }))
    fc.assert(
      fc.property(lengths, ([from, factor]) => {
        const to = 20 + (from - 20) * factor
        const positions = Float32Array.from(pattern(3003, [from, 2]))
        const stretched = stretchTextPositionEmbedding(positions, 2, from, to)
        expect(stretched.subarray(0, 40)).toEqual(positions.subarray(0, 40))
        for (let i = 20; i < from; i++) {
          const at = 20 + (i - 20) * factor
          const row = stretched.subarray(2 * at, 2 * at + 2)
          expect(largestDifference(row, positions.subarray(2 * i, 2 * i + 2))).toBeLessThan(1e-6)
        }
      }),
    )
  })

  it('gives a straight line for a straight line, at any two lengths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 200 }), (from, to) => {
        const kept = Math.min(20, Math.max(from - 2, 0))
        const step = to > from ? (from - kept) / (to - kept) : 1
        const line = Float32Array.from({ length: from }, (_, i) => i)
        const stretched = stretchTextPositionEmbedding(line, 1, from, to)
        const expected = Array.from({ length: to }, (_, i) => (i < kept ? i : kept + (i - kept) * step))
        if (from > 1) expect(largestDifference(stretched, expected)).toBeLessThan(1e-4)
        expect(stretched.every(Number.isFinite)).toBe(true)
      }),
    )
  })

  it('keeps the first positions for a shorter context', () => {
    const positions = Float32Array.from(pattern(3004, [50, 3]))
    expect(stretchTextPositionEmbedding(positions, 3, 50, 31)).toEqual(positions.subarray(0, 93))
  })
})
