import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hit } from '../../../src/inference/embeddings/best-hits'
import { cosineSimilarity, row, topK } from '../../../src/inference/embeddings/embeddings'
import { createRandom } from '../../../src/random'

const four = { data: Float32Array.of(1, 0, 0, 2, -3, 0, 4, 4), shape: [4, 2] as const }

describe('topK', () => {
  it('gives the rows with the largest cosines, best first, whatever their lengths', () => {
    expect(topK(four, Float32Array.of(5, 0), 2)).toEqual([
      { index: 0, score: 1 },
      { index: 3, score: expect.closeTo(Math.SQRT1_2, 6) as number },
    ])
  })

  it('gives a list for each row of the query', () => {
    const texts = { data: Float32Array.of(-1, 0, 0, 1), shape: [2, 2] as const }
    expect(topK(four, texts, 1).map((hits) => hits[0]!.index)).toEqual([2, 1])
    expect(topK(four, { data: row(texts, 0), shape: [1, 2] }, 1)).toEqual([topK(four, row(texts, 0), 1)])
  })

  it('keeps the order of the rows among equal scores', () => {
    const equal = { data: new Float32Array(20).fill(3), shape: [10, 2] as const }
    expect(topK(equal, Float32Array.of(1, 1), 4).map(({ index }) => index)).toEqual([0, 1, 2, 3])
  })

  it('gives all rows where k is larger, and none of none', () => {
    expect(topK(four, Float32Array.of(1, 1), 9).map(({ index }) => index)).toEqual([3, 0, 1, 2])
    expect(topK({ data: new Float32Array(), shape: [0, 2] }, Float32Array.of(1, 1), 3)).toEqual([])
  })

  it('scores rows of zeros with 0, not NaN', () => {
    const some = { data: Float32Array.of(-1, 0, 0, 0), shape: [2, 2] as const }
    expect(topK(some, Float32Array.of(1, 0), 2)).toEqual([
      { index: 1, score: 0 },
      { index: 0, score: -1 },
    ])
  })

  it('agrees with sorting all cosines', () => {
    // Few values, so that many scores are equal.
    const value = fc.integer({ min: -2, max: 2 })
    const cases = fc.record({
      dimensions: fc.integer({ min: 1, max: 9 }),
      values: fc.array(value, { minLength: 9, maxLength: 300 }),
      query: fc.array(value, { minLength: 9, maxLength: 9 }),
      k: fc.integer({ min: 1, max: 40 }),
    })
    fc.assert(
      fc.property(cases, ({ dimensions, values, query, k }) => {
        const count = Math.floor(values.length / dimensions)
        const embeddings = {
          data: Float32Array.from(values.slice(0, count * dimensions)),
          shape: [count, dimensions] as const,
        }
        const one = { data: Float32Array.from(query.slice(0, dimensions)), shape: [1, dimensions] as const }
        const hits = topK(embeddings, one.data, k)
        const all = topK(embeddings, one.data, count)
        const cosines = cosineSimilarity(embeddings, one).data
        const byScore = (a: Hit, b: Hit) => b.score - a.score || a.index - b.index
        expect(hits).toEqual(all.slice(0, k))
        expect(all).toEqual([...all].sort(byScore))
        expect(new Set(all.map(({ index }) => index)).size).toBe(count)
        for (const { index, score } of all) expect(score).toBeCloseTo(cosines[index]!, 6)
      }),
    )
  })

  it('finds a row and its copies among 100,000 rows of 512 dimensions, in their order', () => {
    const [count, dimensions] = [100_000, 512]
    const random = createRandom(1)
    const few = Float32Array.from({ length: 4096 * dimensions }, () => random.uniform() - 0.5)
    const data = new Float32Array(count * dimensions)
    for (let at = 0; at < data.length; at += few.length) data.set(few.subarray(0, data.length - at), at)
    const hits = topK({ data, shape: [count, dimensions] }, data.slice(0, dimensions), 10)
    expect(hits[0]).toEqual({ index: 0, score: expect.closeTo(1, 6) as number })
    expect(hits.slice(1, 3).map(({ index }) => index)).toEqual([4096, 8192])
  })

  it('refuses embeddings of another model, and a k that is no count', () => {
    expect(() => topK(four, new Float32Array(3), 1)).toThrow(/same number of dimensions; got 2 and 3/)
    expect(() => topK(four, new Float32Array(2), 0)).toThrow('k: expected a whole number of at least 1; got 0.')
  })

  it('leaves out the rows of images that could not be read', () => {
    const skipped = { data: Float32Array.of(NaN, NaN, 1, 0, NaN, NaN, 1, 1), shape: [4, 2] as const }
    expect(topK(skipped, Float32Array.of(1, 0), 3).map(({ index }) => index)).toEqual([1, 3])
  })

  it('names the row that is NaN or infinite', () => {
    const broken = { data: Float32Array.of(1, 0, 0, NaN, -3, 0), shape: [3, 2] as const }
    expect(() => topK(broken, new Float32Array(2), 1)).toThrow(/^embeddings: .*in row 1\./)
    expect(() => topK(four, Float32Array.of(Infinity, 0), 1)).toThrow(/^query: .*in row 0\./)
  })
})
