/** Windows over long texts: every word is read whole, in order, with an overlap. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { windowsOf as cut } from '../../../src/inference/texts/windows'

const [start, end] = [900, 901]
/** In these tests, odd ids end words. */
const endsWord = (id: number) => id % 2 === 1

/** Words of tokens with distinct ids, so that a token's id identifies its position. */
function textOf(wordLengths: readonly number[]): Int32Array {
  const ids: number[] = []
  let place = 0
  for (const length of wordLengths) {
    for (let i = 0; i < length; i++, place++) ids.push(1000 + 2 * place + (i === length - 1 ? 1 : 0))
  }
  return Int32Array.from([start, ...ids, end])
}

const windowsOf = (text: Int32Array, contextLength: number, ends: (id: number) => boolean) =>
  cut(text, { contextLength, start: 1, end: 1, isBreak: ends })

const placeOf = (id: number) => (id - 1000) >> 1

describe('windowsOf', () => {
  it('repeats a quarter of a window, and makes the last one as long as the others', () => {
    const text = textOf(Array<number>(20).fill(1))
    const places = windowsOf(text, 10, endsWord).map((ids) => [placeOf(ids[1]!), placeOf(ids.at(-2)!)])
    expect(places).toEqual([
      [0, 7],
      [6, 13],
      [12, 19],
    ])
  })

  it('starts and ends between words', () => {
    const text = textOf([3, 2, 3, 4, 2])
    const words = windowsOf(text, 10, endsWord).map((ids) => [...ids.subarray(1, -1)].map(placeOf))
    expect(words).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13],
    ])
  })

  it('reads every token of any text, in whole words, in windows that fit, overlap and go forward', () => {
    const words = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 4, maxLength: 80 })
    fc.assert(
      fc.property(words, fc.integer({ min: 3, max: 30 }), (lengths, contextLength) => {
        const text = textOf(lengths)
        fc.pre(text.length > contextLength)
        const room = contextLength - 2
        const windows = windowsOf(text, contextLength, endsWord)
        expect(windows.length).toBeGreaterThan(1)
        const spans = windows.map((ids) => {
          expect(ids.length).toBeLessThanOrEqual(contextLength)
          expect([ids[0], ids.at(-1)]).toEqual([start, end])
          const places = [...ids.subarray(1, -1)].map(placeOf)
          places.forEach((place, i) => expect(place).toBe(places[0]! + i))
          return [places[0]!, places.at(-1)! + 1] as const
        })
        expect(spans[0]![0]).toBe(0)
        expect(spans.at(-1)![1]).toBe(text.length - 2)
        for (let i = 1; i < spans.length; i++) {
          expect(spans[i]![0]).toBeLessThanOrEqual(spans[i - 1]![1])
          expect(spans[i]![0]).toBeGreaterThan(spans[i - 1]![0])
          expect(spans[i]![1]).toBeGreaterThan(spans[i - 1]![1])
        }
        if (Math.max(...lengths) > room) return
        for (const [first, last] of spans) {
          expect(first === 0 || endsWord(text[first]!)).toBe(true)
          expect(endsWord(text[last]!)).toBe(true)
        }
      }),
    )
  })

  it('cuts words that are longer than a window', () => {
    const windows = windowsOf(textOf([2, 30, 2]), 12, endsWord)
    expect(windows.every(({ length }) => length <= 12)).toBe(true)
    expect(new Set(windows.flatMap((ids) => [...ids.subarray(1, -1)])).size).toBe(34)
  })

  it('repeats what every text starts and ends with, however many tokens that is', () => {
    const text = Int32Array.of(1, 2, 3, 4, 5, 6, 7)
    const windows = cut(text, { contextLength: 4, start: 0, end: 1, isBreak: (_, after) => after % 2 === 0 })
    expect(windows.map((ids) => [...ids])).toEqual([
      [1, 2, 3, 7],
      [4, 5, 6, 7],
    ])
  })
})
