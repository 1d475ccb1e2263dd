/** Paths in data, by the rules of Linux and macOS, and by those of Windows. */
import { posix, win32 } from 'node:path'
import { describe, expect, it } from 'vitest'
import { asPattern } from '../../../../src/data/readers/locations/expand-location.node.ts'
import { isAnchored, isInside, pathInside } from '../../../../src/data/readers/locations/inside-folder.node.ts'

describe('a path that is absolute somewhere', () => {
  it.each(['/a.jpg', 'C:\\a.jpg', 'c:/a.jpg', '\\a.jpg', '\\\\server\\share\\a.jpg', '//server/share/a.jpg'])(
    'is recognised on every platform: %s',
    (path) => expect(isAnchored(path)).toBe(true),
  )

  it.each(['a.jpg', 'a\\b.jpg', './a.jpg', 'a:1.jpg'])('is not confused with a relative one: %s', (path) =>
    expect(isAnchored(path)).toBe(false),
  )
})

describe('a path that data names', () => {
  it.each([
    ['images\\a.jpg', '/data/images/a.jpg', 'C:\\data\\images\\a.jpg'],
    ['images/./a.jpg', '/data/images/a.jpg', 'C:\\data\\images\\a.jpg'],
    ['images/../a.jpg', '/data/a.jpg', 'C:\\data\\a.jpg'],
    ['console.jpg', '/data/console.jpg', 'C:\\data\\console.jpg'],
  ])('is found inside the folder: %s', (path, onLinux, onWindows) => {
    expect(pathInside('/data', path, posix)).toBe(onLinux)
    expect(pathInside('C:\\data', path, win32)).toBe(onWindows)
  })

  it.each([
    '../a.jpg',
    'images/../../a.jpg',
    '..\\a.jpg',
    'images\\..\\..\\a.jpg',
    '%2e%2e/a.jpg',
    '%252e%252e%255ca.jpg',
  ])('does not lead out of the folder: %s', (path) => {
    expect(pathInside('/data', path, posix)).toBeUndefined()
    expect(pathInside('C:\\data', path, win32)).toBeUndefined()
  })

  it.each([
    'CON',
    'con.jpg',
    'images/nul',
    'images\\aux.tar.gz',
    'lpt1.jpg ',
    'com²',
    'a.jpg:stream',
    'd:a.jpg',
    'con%5ca',
  ])('is no device, drive or hidden stream on Windows: %s', (path) => {
    expect(pathInside('/data', path, posix)).toBe(posix.join('/data', path.replaceAll('\\', '/')))
    expect(pathInside('C:\\data', path, win32)).toBeUndefined()
  })
})

describe('the folder of a file', () => {
  it('is the same in upper and lower case on Windows only', () => {
    expect(isInside('C:\\Data', 'c:\\data\\a.jpg', win32)).toBe(true)
    expect(isInside('/Data', '/data/a.jpg', posix)).toBe(false)
  })

  it('is on the drive and the server of the file', () => {
    expect(isInside('C:\\data', 'D:\\data\\a.jpg', win32)).toBe(false)
    expect(isInside('\\\\server\\share', '\\\\server\\share\\a.jpg', win32)).toBe(true)
    expect(isInside('\\\\server\\share', '\\\\other\\share\\a.jpg', win32)).toBe(false)
  })

  it('is not one whose name begins the same', () => {
    expect(isInside('/data', '/data2/a.jpg', posix)).toBe(false)
    expect(isInside('/data', '/data/..a.jpg', posix)).toBe(true)
  })
})

describe('a pattern of files', () => {
  it('has Windows’ separators turned, which would take the meaning of wildcards away', () => {
    expect(asPattern('C:\\data\\{000..099}.tar', '\\')).toBe('C:/data/{000..099}.tar')
    expect(asPattern('\\\\server\\share\\*.tar', '\\')).toBe('//server/share/*.tar')
  })

  it('keeps backslashes elsewhere, where they may belong to names', () => {
    expect(asPattern('/data/\\[1\\].tar', '/')).toBe('/data/\\[1\\].tar')
  })
})
