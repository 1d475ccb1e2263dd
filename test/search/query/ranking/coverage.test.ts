import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../src/random'
import { coverageOf, joinNorms, measureNorms, relativeScores } from '../../../../src/search/query/ranking/coverage'

/** Cosines of pictures, around an average. */
function cosines(seed: number, average: number, spread: number, pictures = 1000): Float64Array {
  const random = createRandom(seed)
  return Float64Array.from({ length: pictures }, () => average + spread * random.normal())
}

describe('coverage', () => {
  const norms = measureNorms([cosines(1, 0.2, 0.05), cosines(2, 0.4, 0.05), cosines(3, 0.1, 0.05)])

  it('compares a sentence with what it gives on average', () => {
    const relative = relativeScores([0.3, 0.3, 0.3], norms)
    ;[2, -2, 4].forEach((expected, i) => expect(relative[i]).toBeCloseTo(expected, 0))
  })

  it('prefers a picture that answers all sentences to one that is extreme in one', () => {
    const all = coverageOf(Float64Array.of(2.5, 2.5, 2.5), norms)
    const one = coverageOf(Float64Array.of(12, -0.5, -0.5), norms)
    expect(12 - 0.5 - 0.5).toBeGreaterThan(2.5 * 3) // the plain mean prefers the other picture
    expect(all).toBeGreaterThan(one)
  })

  it('grows with each sentence, so that no two extreme pictures tie', () => {
    const scores = [-30, -2, -1, 0, 3.9, 4, 4.1, 9, 30].map((score) => coverageOf(Float64Array.of(score, 1, 1), norms))
    expect(scores).toEqual([...scores].sort((a, b) => a - b))
    expect(new Set(scores).size).toBe(scores.length)
  })

  it('gives little weight to a sentence that fits every picture alike', () => {
    const [specific, general] = measureNorms([cosines(1, 0.2, 0.06), cosines(2, 0.4, 0.01)]).weights
    expect(general! / specific!).toBeCloseTo(1 / 36, 2)
  })

  it('lets sentences that say the same share a weight', () => {
    const row = cosines(1, 0.2, 0.05)
    const { weights } = measureNorms([row, row, row, cosines(2, 0.2, 0.05)])
    expect(weights[0]).toBe(weights[1])
    expect(weights[0]! + weights[1]! + weights[2]!).toBeCloseTo(0.5, 1)
  })

  it('counts a picture as much as all sentences together', () => {
    const { weights } = joinNorms(norms, measureNorms([cosines(9, 0.6, 0.2)]))
    expect(weights[3]).toBe(0.5)
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1)
  })

  it('is finite for a collection of equal pictures, of one, and of none', () => {
    for (const pictures of [0, 1, 5]) {
      const flat = measureNorms([new Float64Array(pictures).fill(0.3), new Float64Array(pictures).fill(0.2)])
      expect(coverageOf(relativeScores([0.3, 0.2], flat), flat)).toSatisfy(Number.isFinite)
    }
  })
})
