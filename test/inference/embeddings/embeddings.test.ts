import { describe, expect, it } from 'vitest'
import { cosineSimilarity, row, rows, softmax } from '../../../src/inference/embeddings/embeddings'

describe('cosineSimilarity', () => {
  it('compares directions, whatever the lengths', () => {
    const a = { data: Float32Array.of(2, 0, 0, 5), shape: [2, 2] as const }
    const b = { data: Float32Array.of(3, 3), shape: [1, 2] as const }
    const { data, shape } = cosineSimilarity(a, b)
    expect(shape).toEqual([2, 1])
    expect([...data]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)])
  })

  it('is 0, not NaN, for a row of zeros', () => {
    const zero = { data: new Float32Array(2), shape: [1, 2] as const }
    expect([...cosineSimilarity(zero, zero).data]).toEqual([0])
  })

  it('refuses embeddings of different models', () => {
    const a = { data: new Float32Array(2), shape: [1, 2] as const }
    const b = { data: new Float32Array(3), shape: [1, 3] as const }
    expect(() => cosineSimilarity(a, b)).toThrow(/same number of dimensions; got 2 and 3/)
  })
})

describe('softmax', () => {
  it('survives large scales', () => {
    expect(softmax([1, 0.5], 10_000)).toEqual([1, 0])
    expect(softmax([0.3, 0.3], 100)).toEqual([0.5, 0.5])
  })
})

describe('row and rows', () => {
  const three = () => ({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] as const })

  it('are views of the embeddings', () => {
    const embeddings = three()
    expect(rows(embeddings).map((values) => [...values])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    row(embeddings, 1)[0] = 9
    expect([...rows(embeddings)[1]!]).toEqual([9, 4])
  })

  it('are an empty list for no embeddings', () => {
    expect(rows({ data: new Float32Array(), shape: [0, 512] })).toEqual([])
  })

  it('name the rows there are when one is asked for that is not there', () => {
    expect(() => row(three(), 3)).toThrow('index: expected a whole number from 0 to 2; got 3.')
    expect(() => row(three(), -1)).toThrow('index: expected a whole number from 0 to 2; got -1.')
    expect(() => row({ data: new Float32Array(), shape: [0, 2] }, 0)).toThrow('embeddings: expected at least one row')
  })
})
