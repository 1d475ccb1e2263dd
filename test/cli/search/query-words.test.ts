import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinWords } from '../../../src/cli/search/query-words'
import { parseQuery } from '../../../src/search/query/parse-query'

describe('the words of a query', () => {
  it.each([
    [['a', 'red', 'bus'], 'a red bus'],
    [['A dog. A cat.'], 'A dog. A cat.'],
    [['"a beach" - "people"'], '"a beach" - "people"'],
    [['a beach', '+', '0.5:two children', '-', 'people'], '"a beach" + 0.5:"two children" - "people"'],
    [['-', 'people', '+', 'a "sign"'], '- "people" + "a \\"sign\\""'],
    [['"a beach"', '-', '2:"people"'], '"a beach" - 2:"people"'],
    [['a', 'man', '-', 'sitting'], 'a man - sitting'],
    [['dogs', '-'], 'dogs -'],
    [['-'], '-'],
    [['+', '-'], '+ -'],
  ])('%j are %j', (words, query) => expect(joinWords(words)).toBe(query))

  it('with signs between them are a sum of the same texts', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => /^\p{L}.*\S$/su.test(text) && !/["“”\\]/.test(text))
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 6 }), (words) => {
        const parsed = parseQuery(joinWords(words.flatMap((text, i) => (i === 0 ? [text] : ['-', text]))))
        expect(parsed).toEqual({ kind: 'sum', terms: words.map((text, i) => ({ text, weight: i === 0 ? 1 : -1 })) })
      }),
    )
  })
})
