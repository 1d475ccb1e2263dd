import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sequencesOf, textBatches } from '../../src/inference/text-batches'

const text = { contextLength: 8, vocabularySize: 100 }

describe('sequencesOf', () => {
  it('cuts each row after its end token, the largest id', () => {
    const { sequences } = sequencesOf(
      {
        tokens: [
          [98, 5, 99, 0, 0],
          [98, 99],
        ],
      },
      text,
    )
    expect(sequences).toEqual([Int32Array.of(98, 5, 99), Int32Array.of(98, 99)])
  })

  it.each([
    [[[]], /tokens\[0\]: expected 1 to 8 ids; got 0/],
    [[[98, 99], Array(9).fill(1)], /tokens\[1\]: expected 1 to 8 ids; got 9/],
    [[[98, 100]], /ids from 0 to 99; got 100/],
    [[[98, -1]], /got -1/],
    [[[98, 1.5]], /got 1.5/],
  ])('refuses %j', (tokens, message) => {
    expect(() => sequencesOf({ tokens }, text)).toThrow(message)
  })
})

describe('textBatches', () => {
  it('puts every text into exactly one batch, padded to the batch’s longest only', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 })), fc.integer({ min: 1, max: 5 }), (lengths, batchSize) => {
        const sequences = lengths.map((length, i) => new Int32Array(length).fill(i + 1))
        const seen: number[] = []
        for (const { ids, shape, endPositions, indices } of textBatches(sequences, batchSize)) {
          expect(shape[0]).toBeLessThanOrEqual(batchSize)
          expect(shape[1]).toBe(Math.max(...indices.map((index) => lengths[index]!)))
          indices.forEach((index, i) => {
            const row = ids.subarray(i * shape[1], (i + 1) * shape[1])
            expect(row.subarray(0, lengths[index])).toEqual(sequences[index])
            expect(row.subarray(lengths[index]).every((id) => id === 0)).toBe(true)
            expect(endPositions[i]).toBe(lengths[index]! - 1)
          })
          seen.push(...indices)
        }
        expect(seen.sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i))
      }),
    )
  })
})
