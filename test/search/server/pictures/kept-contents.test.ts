/** The cache of drawn pictures. */
import { expect, it } from 'vitest'
import { keepContents } from '../../../../src/search/server/pictures/kept-contents'

const content = (size: number) => ({ type: 'image/webp', bytes: new Uint8Array(size) })

/** Counts how often each key is computed. */
function counted(mostBytes: number) {
  const kept = keepContents(mostBytes)
  const made: string[] = []
  const get = (key: string, size = 10) =>
    kept.get(key, async () => {
      made.push(key)
      return content(size)
    })
  return { get, made }
}

it('makes what many ask for at once only once', async () => {
  const { get, made } = counted(100)
  const [a, b] = await Promise.all([get('a'), get('a'), get('a')])
  expect(a).toBe(b)
  expect(made).toEqual(['a'])
})

it('forgets what was not asked for longest', async () => {
  const { get, made } = counted(30)
  for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await get(key)
  expect(made).toEqual(['a', 'b', 'c', 'd', 'b'])
})

it('does not keep what is larger than all that may be kept', async () => {
  const { get, made } = counted(30)
  await get('a', 31)
  await get('a', 31)
  expect(made).toEqual(['a', 'a'])
})

it('tries again after a failure', async () => {
  const kept = keepContents(100)
  await expect(kept.get('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await kept.get('a', async () => content(1))).toEqual(content(1))
})
