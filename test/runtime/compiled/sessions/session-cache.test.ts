import { describe, expect, it } from 'vitest'
import { createCache } from '../../../../src/runtime/compiled/sessions/session-cache'

/** A cache of numbers, each of which is its own size in bytes, and the released numbers. */
function cacheOf(entries: number, bytes: number) {
  const released: number[] = []
  const cache = createCache<number>(
    { entries, bytes, sizeOf: (size) => size },
    async (size) => void released.push(size),
  )
  return { released, get: (size: number) => cache.get(String(size), async () => size), clear: () => cache.clear() }
}

describe('createCache', () => {
  it('creates an entry once', async () => {
    const { get, released } = cacheOf(2, 100)
    expect([await get(1), await get(1)]).toEqual([1, 1])
    expect(released).toEqual([])
  })

  it('releases the entry that has not been used for longest when there are too many', async () => {
    const { get, released } = cacheOf(2, 100)
    for (const size of [1, 2, 1, 3]) await get(size)
    expect(released).toEqual([2])
  })

  it('releases as many as necessary to stay within its limit of bytes', async () => {
    const { get, released } = cacheOf(9, 100)
    for (const size of [30, 40, 20, 80]) await get(size)
    expect(released).toEqual([30, 40])
  })

  it('keeps the entry used last, however large it is', async () => {
    const { get, released, clear } = cacheOf(9, 100)
    for (const size of [10, 500]) await get(size)
    expect(released).toEqual([10])
    await clear()
    expect(released).toEqual([10, 500])
  })

  it('forgets an entry that could not be created', async () => {
    const cache = createCache<number>({ entries: 2, bytes: 9, sizeOf: () => 1 }, async () => undefined)
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await cache.get('a', async () => 7)).toBe(7)
  })
})
