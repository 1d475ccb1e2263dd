import { expect, it } from 'vitest'
import { whereOf } from '../../../src/search/query/filters'

it('turns folders into beginnings of whole names', () => {
  expect(whereOf({ folder: '/photos/2024' })).toEqual({ startsWith: ['/photos/2024/'] })
  expect(whereOf({ folder: ['/a/', 'C:\\b', 'https://host/c'] })).toEqual({
    startsWith: ['/a/', 'C:\\b\\', 'https://host/c/'],
  })
})

it('turns ranges into bounds; an end that is left out is open', () => {
  const from = new Date('2024-01-01T00:00:00Z')
  expect(whereOf({ taken: { from }, modified: { to: 5 }, size: { from: 1, to: 2 } })).toEqual({
    between: { taken: [from.getTime(), Infinity], modified: [-Infinity, 5], size: [1, 2] },
  })
})

it('is nothing without filters', () => expect(whereOf({})).toBeUndefined())

it.each([
  { folder: '' },
  { folder: [] },
  { folder: 5 },
  { taken: 5 },
  { taken: { from: 'May' } },
  { taken: { from: new Date(NaN) } },
  { size: { from: 2, to: 1 } },
  { size: { form: 2 } },
])('refuses %j', (filters) => {
  expect(() => whereOf(filters as never)).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
