import { describe, expect, it } from 'vitest'
import { recallAt } from '../comparison/recall'

const similarities = (...rows: number[][]) => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows.length] as const,
})

describe('recallAt', () => {
  it('counts the queries whose own candidate is among the first K', () => {
    const three = similarities([0.9, 0.1, 0.2], [0.8, 0.5, 0.1], [0.6, 0.7, 0.5]) // places 1, 2 and 3
    expect([1, 2, 3].map((k) => recallAt(k, three))).toEqual([1 / 3, 2 / 3, 1])
  })

  it('counts a tie against the answer', () => {
    expect(recallAt(1, similarities([0, 0], [0, 0]))).toBe(0)
  })
})
