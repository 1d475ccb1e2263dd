import { describe, expect, it } from 'vitest'
import { object, problemsOf, type Schema } from '../../../src/cli/run-json/schema'

interface Inner {
  rate?: number
  names?: string[]
}

interface Outer {
  count?: number
  kind?: string
  inner?: Inner | string
  limit?: number | null
  pair?: number[]
  free?: object
  flag?: boolean
}

const kind: Schema = { type: 'string', enum: ['cosine', 'constant'] }
const inner = object<Inner>({
  rate: { type: 'number', exclusiveMinimum: 0 },
  names: { type: 'array', items: { type: 'string' } },
})
const schema = object<Outer>(
  {
    count: { type: 'integer', minimum: 1 },
    kind,
    inner: { anyOf: [{ type: 'string' }, inner] },
    limit: { anyOf: [{ type: 'number', minimum: 0, exclusiveMaximum: 1 }, { type: 'null' }] },
    pair: { type: 'array', items: { type: 'number', minimum: 0, maximum: 1 }, minItems: 2, maxItems: 2 },
    free: { type: 'object', additionalProperties: { type: 'string' } },
    flag: { type: 'boolean' },
  },
  ['count'],
)

describe('problemsOf', () => {
  it.each<[string, object]>([
    [
      'all entries',
      { count: 1, kind: 'cosine', inner: { rate: 0.1, names: [] }, limit: 0.5, pair: [0, 1], flag: true },
    ],
    ['the other alternatives', { count: 2, inner: 'a path', limit: null, free: { any: 'text' } }],
  ])('accepts %s', (_, value) => expect(problemsOf(value, schema)).toEqual([]))

  it.each<[object, string]>([
    [{}, 'count: missing; expected a whole number of at least 1.'],
    [{ count: 1.5 }, 'count: expected a whole number of at least 1; got 1.5.'],
    [{ count: 0 }, 'count: expected a whole number of at least 1; got 0.'],
    [{ count: '1' }, 'count: expected a whole number of at least 1; got "1".'],
    [{ count: null }, 'count: expected a whole number of at least 1; got null.'],
    [{ count: 1, kind: 'linear' }, 'kind: expected one of cosine, constant; got "linear".'],
    [{ count: 1, flag: 1 }, 'flag: expected true or false; got 1.'],
    [{ count: 1, inner: 7 }, 'inner: expected a string or an object; got 7.'],
    [{ count: 1, inner: { rate: 0 } }, 'inner.rate: expected a number above 0; got 0.'],
    [{ count: 1, inner: { rates: 1 } }, 'inner.rates: unknown; did you mean inner.rate?'],
    [{ count: 1, inner: { names: ['a', 2] } }, 'inner.names[1]: expected a string; got 2.'],
    [{ count: 1, limit: 1 }, 'limit: expected a number from 0 to below 1 or null; got 1.'],
    [{ count: 1, pair: [0] }, 'pair: expected a list of 2; got [0].'],
    [{ count: 1, pair: [0, 2] }, 'pair[1]: expected a number from 0 to 1; got 2.'],
    [{ count: 1, free: { any: 1 } }, 'free.any: expected a string; got 1.'],
    [{ count: 1, free: [] }, 'free: expected an object; got [].'],
  ])('refuses %j', (value, problem) => expect(problemsOf(value, schema)).toEqual([problem]))

  it('names everything that is wrong', () => {
    expect(problemsOf({ knd: 1, inner: { rate: 'x' } }, schema)).toEqual([
      'knd: unknown; did you mean kind?',
      'count: missing; expected a whole number of at least 1.',
      'inner.rate: expected a number above 0; got "x".',
    ])
  })
})
