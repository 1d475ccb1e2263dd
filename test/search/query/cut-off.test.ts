import { expect, it } from 'vitest'
import { createRandom } from '../../../src/random'
import { answeredFrom, standsOut } from '../../../src/search/query/cut-off'

it.each([30, 300, 3000])('calls the best of %i scores by chance a fit in about a fifth of cases', (size) => {
  const random = createRandom(size)
  const tries = 400
  let fits = 0
  for (let i = 0; i < tries; i++) {
    let best = -Infinity
    for (let picture = 0; picture < size; picture++) best = Math.max(best, random.normal())
    if (standsOut(best, size)) fits++
  }
  expect(fits / tries).toBeGreaterThan(0.1)
  expect(fits / tries).toBeLessThan(0.26)
})

it('asks for more in a larger collection', () => {
  expect([100, 10_000, 1_000_000].map((size) => standsOut(4, size))).toEqual([true, false, false])
  expect([4, 4.5, 5.2].map((best) => standsOut(best, 1_000_000))).toEqual([false, false, true])
})

it('does not judge collections of a few pictures, and nothing fits in an empty one', () => {
  expect(standsOut(0, 5)).toBe(true)
  expect(standsOut(-1, 10)).toBe(false)
  expect(standsOut(9, 0)).toBe(false)
})

it('can be reached in small collections: no score lies more than √(n − 1) above the average', () => {
  for (const pictures of [1, 2, 3, 5, 8, 1000])
    expect(answeredFrom(pictures)).toBeLessThanOrEqual(Math.sqrt(Math.max(0, pictures - 1)))
  expect(answeredFrom(1000)).toBe(2)
})
