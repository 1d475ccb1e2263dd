/** The summary of a collection. */
import { expect, it } from 'vitest'
import type { ImageRow } from '../../../../src/search/images/image-index.node.ts'
import { countFolders, folderOf, summarize } from '../../../../src/search/server/pictures/summarize.node.ts'

const row = (path: string, taken: number, modified: number): ImageRow => ({
  path,
  taken,
  modified,
  size: 1,
  hash: 'a',
  width: 1,
  height: 1,
})

async function* each<T>(items: readonly T[]) {
  yield* items
}

it('counts years by the date of exposure if most pictures have one, otherwise by that of the file', async () => {
  const [a, b, c] = [2001, 2002, 2003].map((year) => Date.UTC(year, 5)) as [number, number, number]
  const dated = await summarize(each([row('/p/1', a, c), row('/p/2', b, c), row('/p/3', NaN, c)]))
  expect(dated).toMatchObject({
    dates: 'taken',
    years: [
      { year: 2002, count: 1 },
      { year: 2001, count: 1 },
    ],
  })
  const undated = await summarize(each([row('/p/1', a, c), row('/p/2', NaN, c), row('/p/3', NaN, NaN)]))
  expect(undated).toMatchObject({ dates: 'modified', years: [{ year: 2003, count: 2 }] })
  expect(undated.newest.map(({ path }) => path)).toEqual(['/p/2', '/p/1', '/p/3'])
})

it('keeps the newest of many pictures', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => row(`/p/${i}`, NaN, (i * 7919) % 5000))
  const { newest, folders } = await summarize(each(rows))
  expect(newest.map(({ modified }) => modified)).toEqual(Array.from({ length: 60 }, (_, i) => 4999 - i))
  expect(folders).toEqual([{ path: '/p', name: 'p', count: 5000 }])
})

it('names folders by what tells them apart', () => {
  const counts = (paths: readonly string[]) =>
    countFolders(new Map(paths.map((path, i) => [path, i + 1]))).map(({ name }) => name)
  expect(counts(['/home/me/a', '/home/me/b/c'])).toEqual(['a', 'b/c'])
  expect(counts(['/home/me', '/home/me/b'])).toEqual(['me', 'me/b'])
  expect(counts(['C:\\Pictures\\a', 'C:\\Pictures\\b'])).toEqual(['a', 'b'])
  expect(counts(['/home/me'])).toEqual(['me'])
  expect(countFolders(new Map([['', 3]]))).toEqual([])
})

it('counts the pictures of subfolders too, as the folder filter finds them', () => {
  const counts = (direct: Record<string, number>) =>
    Object.fromEntries(countFolders(new Map(Object.entries(direct))).map(({ path, count }) => [path, count]))
  expect(counts({ '/p': 1, '/p/a': 2, '/p/a/b': 4, '/p/ab': 8 })).toEqual({
    '/p': 15,
    '/p/a': 6,
    '/p/a/b': 4,
    '/p/ab': 8,
  })
  expect(counts({ 'C:\\p': 1, 'C:\\p\\a': 2 })).toEqual({ 'C:\\p': 3, 'C:\\p\\a': 2 })
})

it.each([
  ['/a/b.png', '/a'],
  ['/b.png', ''],
  ['C:\\a\\b.png', 'C:\\a'],
  ['https://example.org/a/b.png', 'https://example.org/a'],
  ['b.png', ''],
])('the folder of %s is %s', (path, folder) => {
  expect(folderOf(path)).toBe(folder)
})
