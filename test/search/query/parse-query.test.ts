/** Typed queries: sentences, or a sum of quoted terms. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DreamLIPError } from '../../../src/errors'
import { parseQuery, type QueryTerm } from '../../../src/search/query/parse-query'

const sentences = (text: string) => {
  const parsed = parseQuery(text)
  return parsed.kind === 'sentences' ? parsed.sentences : parsed
}
const terms = (text: string) => {
  const parsed = parseQuery(text)
  return parsed.kind === 'sum' ? parsed.terms : parsed
}
const codeOf = (text: string) => {
  try {
    parseQuery(text)
  } catch (error) {
    return error instanceof DreamLIPError ? error.code : error
  }
  return undefined
}

describe('a description', () => {
  it('is split into sentences, but not at abbreviations and decimals', () => {
    expect(sentences('Mr. Fox runs. It is 3.5 m long! Does it jump?')).toEqual([
      'Mr. Fox runs',
      'It is 3.5 m long!',
      'Does it jump?',
    ])
  })

  it('is split at line ends, without the marks of lists', () => {
    expect(sentences('- a red car\n* two trees\n • a dog\n1. the sea\n2) a boat\n\n')).toEqual([
      'a red car',
      'two trees',
      'a dog',
      'the sea',
      'a boat',
    ])
  })

  it('counts a sentence that occurs twice once', () => {
    expect(sentences('A dog. A cat. A dog.')).toEqual(['A dog', 'A cat'])
  })

  it('may contain quotation marks and signs', () => {
    for (const text of [
      '"Stop" says the sign',
      'a sign that says "Stop"',
      'a "dog" + a "cat"',
      '"open',
      '- a dog',
      '5:30 on a clock',
    ]) {
      expect(parseQuery(text).kind).toBe('sentences')
    }
  })

  it.each(['', ' \n ', '...', '?!', '“”'])('of no words is refused: %j', (text) =>
    expect(codeOf(text)).toBe('QUERY_INVALID'),
  )

  it('that is too long is refused', () => {
    expect(codeOf('a dog. '.repeat(10_000))).toBe('QUERY_INVALID')
    expect(codeOf(Array.from({ length: 501 }, (_, i) => `dog ${i}`).join('\n'))).toBe('QUERY_INVALID')
  })
})

describe('a sum', () => {
  it('has quoted terms with signs and factors', () => {
    expect(terms('"a beach" + 0.5:"children playing" - "people"')).toEqual([
      { text: 'a beach', weight: 1 },
      { text: 'children playing', weight: 0.5 },
      { text: 'people', weight: -1 },
    ])
    expect(terms('-.5*“a dog”+2 : "say \\"hi\\""')).toEqual([
      { text: 'a dog', weight: -0.5 },
      { text: 'say "hi"', weight: 2 },
    ])
  })

  it('of one term keeps the text whole', () => {
    expect(terms('"A dog sleeps. It is brown."')).toEqual([{ text: 'A dog sleeps. It is brown.', weight: 1 }])
  })

  it.each([
    '"a" + ',
    '"a" - people',
    '"a" + "b" "c"',
    '"a" + -"b"',
    '"a" + 0:"b"',
    '"a" + ""',
    '"a" + "b',
    '"a" + 1e3:"b"',
    '"a" + 5000:"b"',
  ])('with a wrong term is refused: %s', (text) => expect(codeOf(text)).toBe('QUERY_INVALID'))

  it('is read back as it was written', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((value) => /\p{L}/u.test(value) && value.trim() === value)
    const term = fc.record({
      text,
      weight: fc
        .integer({ min: -9999, max: 9999 })
        .filter((n) => n !== 0)
        .map((n) => n / 10),
    })
    const write = ({ text, weight }: QueryTerm) =>
      `${weight < 0 ? '-' : '+'} ${Math.abs(weight)}:"${text.replace(/[\\"]/g, '\\$&')}"`
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 8 }), (list) => {
        expect(terms(list.map(write).join(' '))).toEqual(list)
      }),
    )
  })
})

it('understands or refuses any text, and never gives an empty text or a factor of 0', () => {
  const pieces = fc.constantFrom(
    '"',
    '+',
    '-',
    '0.5:',
    ':',
    '*',
    '“',
    '”',
    '\\',
    '.',
    '\n',
    ' ',
    'dog',
    '"a dog"',
    '1',
    '。',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((list) => list.join('')),
      ),
      (text) => {
        const code = codeOf(text)
        if (code !== undefined) {
          expect(code).toBe('QUERY_INVALID')
          return
        }
        const parsed = parseQuery(text)
        const found =
          parsed.kind === 'sum' ? parsed.terms : parsed.sentences.map((sentence) => ({ text: sentence, weight: 1 }))
        expect(found.length).toBeGreaterThan(0)
        for (const { text: words, weight } of found) {
          expect(words).toMatch(/[\p{L}\p{N}\p{S}]/u)
          expect(weight).not.toBe(0)
        }
      },
    ),
  )
})
