import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sequencesOf } from '../../../src/inference/texts/sequences'
import { textBatch, textBatches } from '../../../src/inference/texts/text-batches'

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
  const sequencesOfLengths = (lengths: readonly number[]) =>
    // Each starts with its own number, so that no two share a prefix.
    lengths.map((length, i) => new Int32Array(length).fill(i + 1))

  it('puts every text into exactly one batch, at its stated end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 77 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        (lengths, batchSize, fewShapes) => {
          const sequences = sequencesOfLengths(lengths)
          const seen: number[] = []
          for (const batch of textBatches(sequences, { batchSize, fewShapes })) {
            batch.texts.forEach((texts, i) =>
              texts.forEach((index) => {
                const end = batch.ends[i]! + 1
                const start = end - lengths[index]!
                expect(batch.ids.subarray(start, end)).toEqual(sequences[index])
                expect([...batch.positions.subarray(start, end)]).toEqual(range(end - start))
                expect(Math.floor(start / batch.shape[1])).toBe(Math.floor(i / batch.endsShape[1]))
                seen.push(index)
              }),
            )
            expect(batch.texts.filter((texts) => texts.length > 0).length).toBeLessThanOrEqual(batchSize)
          }
          expect(seen.sort((a, b) => a - b)).toEqual(range(lengths.length))
        },
      ),
    )
  })

  it('lets unused columns be seen only by themselves', () => {
    const [batch] = [...textBatches(sequencesOfLengths([5, 3]), { batchSize: 8, fewShapes: true })]
    expect(batch!.shape).toEqual([1, 16])
    expect([...batch!.reaches]).toEqual([5, 5, 5, 5, 5, 8, 8, 8, 9, 10, 11, 12, 13, 14, 15, 16])
  })

  it('makes a single batch as short as possible without adding rows', () => {
    const shapeFor = (lengths: readonly number[]) => {
      const batches = [...textBatches(sequencesOfLengths(lengths), { batchSize: 128, fewShapes: true })]
      return batches.map(({ shape }) => shape)
    }
    expect(shapeFor([15])).toEqual([[1, 16]])
    expect(shapeFor(Array(10).fill(14))).toEqual([[2, 80]])
    expect(shapeFor(Array(9).fill(14))).toEqual([[1, 128]])
  })

  it('uses few shapes on request, however many texts there are', () => {
    const lengths = Array.from({ length: 2000 }, (_, i) => 3 + ((i * 31) % 40))
    const batches = [...textBatches(sequencesOfLengths(lengths), { batchSize: 128, fewShapes: true })]
    const shapes = new Set(batches.map(({ shape, endsShape }) => [...shape, ...endsShape].join()))
    expect(batches.length).toBeGreaterThan(50)
    expect(shapes.size).toBeLessThanOrEqual(5)
  })

  it('accepts texts longer than its usual rows', () => {
    const batches = [...textBatches(sequencesOfLengths([200, 4]), { batchSize: 128, fewShapes: true })]
    expect(batches.map(({ shape }) => shape)).toEqual([[2, 208]])
  })
})

describe('textBatch', () => {
  const width = 512
  const text = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 20 })

  it('gives every text an end from which the tokens in reach are the text', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), fc.boolean(), (texts, fewShapes) => {
        const sequences = texts.map((ids) => Int32Array.from(ids))
        const batch = textBatch(sequences, { width, fewShapes })
        const [, length] = batch.shape
        const seen = new Set<number>()
        batch.texts.forEach((ending, i) => {
          const end = batch.ends[i]!
          const start = Math.floor(i / batch.endsShape[1]) * length
          const columns = range(length).filter((column) => {
            return start + column <= end && start + batch.reaches[start + column]! > end
          })
          const ids = columns.map((column) => batch.ids[start + column]!)
          for (const index of ending) {
            expect(ids).toEqual([...sequences[index]!])
            seen.add(index)
          }
        })
        expect(seen.size).toBe(texts.length)
      }),
    )
  })

  it('chooses rows that texts of equal length fill', () => {
    const rowsOf = (count: number, length: number) =>
      textBatch(
        Array.from({ length: count }, (_, i) => new Int32Array(length).fill(i + 1)),
        { width, fewShapes: false },
      ).shape
    expect(rowsOf(56, 32)).toEqual([56, 32])
    expect(rowsOf(12, 24)).toEqual([3, 96])
    expect(rowsOf(4, 77)).toEqual([4, 77])
  })

  it('uses few shapes on request', () => {
    const batches = Array.from({ length: 200 }, (_, batch) =>
      textBatch(
        Array.from({ length: 400 }, (_, i) =>
          Int32Array.of(batch + 1, ...new Int32Array(4 + ((i * (batch + 7)) % 9)).fill(i)),
        ),
        { width: 128, fewShapes: true },
      ),
    )
    const shapes = new Set(batches.map(({ shape, endsShape }) => [...shape, ...endsShape].join()))
    expect(shapes.size).toBeLessThanOrEqual(4)
  })
})

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}
