import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dictionaryOrder, packTexts, reachesOf, type TextRow } from '../../../src/inference/texts/shared-prefixes'

/** Texts of few different tokens, so that many share prefixes, contain others or are equal. */
const texts = fc.array(
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }).map((ids) => Int32Array.from(ids)),
  { maxLength: 40 },
)
const limits = fc.record({ length: fc.integer({ min: 6, max: 20 }), ends: fc.integer({ min: 1, max: 8 }) })

/** The tokens that a causal tower sees at a column. */
function seenFrom({ ids, positions }: TextRow, column: number): { ids: number[]; positions: number[] } {
  const reaches = reachesOf(positions)
  const seen = ids.map((_, i) => i).filter((i) => i <= column && column < reaches[i]!)
  return { ids: seen.map((i) => ids[i]!), positions: seen.map((i) => positions[i]!) }
}

const pack = (sequences: readonly Int32Array[], length: number, ends = 32) =>
  packTexts(sequences, dictionaryOrder(sequences), { length, ends })

describe('packTexts', () => {
  it('stores a common prefix once, followed by each ending', () => {
    const [cat, dog] = [
      [9, 1, 2, 5, 8],
      [9, 1, 2, 6, 8],
    ].map((ids) => Int32Array.from(ids))
    expect(pack([dog!, cat!], 8)).toEqual([
      {
        ids: [9, 1, 2, 5, 8, 6, 8],
        positions: [0, 1, 2, 3, 4, 3, 4],
        ends: [
          { column: 4, texts: [1] },
          { column: 6, texts: [0] },
        ],
      },
    ])
  })

  it('ends every text at one column, which sees its own tokens in order and no others', () => {
    fc.assert(
      fc.property(texts, limits, (sequences, { length, ends }) => {
        const found: number[] = []
        for (const row of pack(sequences, length, ends)) {
          for (const { column, texts } of row.ends) {
            for (const index of texts) {
              const ids = [...sequences[index]!]
              expect(seenFrom(row, column)).toEqual({ ids, positions: ids.map((_, i) => i) })
            }
            found.push(...texts)
          }
        }
        expect(found.sort((a, b) => a - b)).toEqual(sequences.map((_, i) => i))
      }),
    )
  })

  it('respects the limits of a row, and repeats no prefix in it', () => {
    fc.assert(
      fc.property(texts, limits, (sequences, { length, ends }) => {
        for (const row of pack(sequences, length, ends)) {
          expect(row.ids.length).toBeLessThanOrEqual(length)
          expect(row.ends.length).toBeLessThanOrEqual(ends)
          const beginnings = row.ids.map((_, column) => seenFrom(row, column).ids.join())
          expect(new Set(beginnings).size).toBe(row.ids.length)
        }
      }),
    )
  })

  it('computes equal texts once', () => {
    const rows = pack([Int32Array.of(1, 2), Int32Array.of(3), Int32Array.of(1, 2)], 4)
    expect(rows).toEqual([
      {
        ids: [1, 2, 3],
        positions: [0, 1, 0],
        ends: [
          { column: 1, texts: [0, 2] },
          { column: 2, texts: [1] },
        ],
      },
    ])
  })
})

describe('reachesOf', () => {
  it('lets a token be seen up to the next one that is not deeper', () => {
    expect([...reachesOf([0, 1, 2, 3, 2, 1, 0, 0])]).toEqual([6, 5, 4, 4, 5, 6, 7, 8])
  })
})
