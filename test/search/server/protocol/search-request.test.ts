/** The searches that the server accepts. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DreamLIPError } from '../../../../src/errors'
import { checkSearchRequest } from '../../../../src/search/server/protocol/search-request'

it('accepts everything that a search can ask', () => {
  const range = { from: 1, to: 2 }
  const request = {
    text: ['a', 'b'],
    picture: 'AA',
    like: 'x',
    topK: 1000,
    folder: '/a',
    taken: range,
    modified: {},
    size: range,
  }
  expect(checkSearchRequest({ ...request, long: 'sentences', rerank: false })).toMatchObject(request)
})

it('returns a request or says what is wrong, whatever JSON comes', () => {
  const keys = fc.constantFrom(
    'text',
    'picture',
    'like',
    'topK',
    'folder',
    'taken',
    'modified',
    'size',
    'long',
    '__proto__',
    'x',
  )
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constant({ from: 'a' }),
    fc.constant({ from: 1 }),
    fc.constant('a'),
    fc.constant(5),
  )
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(keys, values)), (value) => {
      try {
        const { text, picture, like, topK, taken } = checkSearchRequest(value)
        expect([text, picture, like].some((part) => part !== undefined)).toBe(true)
        if (topK !== undefined) expect(Number.isInteger(topK) && topK > 0 && topK <= 1000).toBe(true)
        for (const end of [taken?.from, taken?.to]) expect(end === undefined || Number.isFinite(end)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(DreamLIPError)
        expect((error as DreamLIPError).code).toBe('INVALID_ARGUMENT')
      }
    }),
  )
})
