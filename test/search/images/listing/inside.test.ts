/** Ids of pictures: paths, addresses and members of archives. */
import { posix, win32 } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { isArchiveName } from '../../../../src/search/archive-name'
import { archiveOf, idOf, isWithin } from '../../../../src/search/images/listing/inside.node.ts'

it.each([
  ['a/../b.png', posix, `${process.cwd()}/b.png`],
  ['/x/y.png', posix, '/x/y.png'],
  ['D:\\photos\\.\\a.png', win32, 'D:\\photos\\a.png'],
  ['\\\\server\\share\\a.png', win32, '\\\\server\\share\\a.png'],
  ['https://example.org/a b.png?x=1', posix, 'https://example.org/a b.png?x=1'],
] as const)('makes %s absolute', (location, platform, id) => {
  expect(idOf(location, platform)).toBe(id)
})

it('takes file: addresses as paths', () => {
  expect(idOf(pathToFileURL('/x/a b.png').href)).toBe('/x/a b.png')
})

it.each([
  ['/a/b', '/a/b/c.png', true],
  ['/a/b', '/a/b', true],
  ['/a/b', '/a/bc.png', false],
  ['/', '/a.png', true],
  ['C:\\', 'D:\\a.png', false],
  ['C:\\', 'C:\\a.png', true],
  ['C:\\a', 'C:\\a\\b.png', true],
  ['C:\\a.tar', 'C:\\a.tar/b.png', true],
])('in %s: %s is %s', (path, id, expected) => {
  expect(isWithin(path, id)).toBe(expected)
})

it('knows archives by their names', async () => {
  const names = ['a.tar', 'b.TAR.GZ', 'c.tgz', 'https://example.org/d.tar?key=1', 'e.tar.png', 'tar']
  expect(names.filter(isArchiveName)).toEqual(names.slice(0, 4))
  expect(await archiveOf('https://example.org/d.tar/x/y.png')).toBe('https://example.org/d.tar')
  expect(await archiveOf('/nowhere/d.tar/x/y.png')).toBeUndefined()
})
