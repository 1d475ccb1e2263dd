import { describe, expect, it } from 'vitest'
import { isURL, isWindowsPath } from '../../../src/bytes/http/address'

describe('a location', () => {
  it.each(['http://a/b', 'HTTPS://a/b'])('is a web address: %s', (location) => expect(isURL(location)).toBe(true))

  it.each([
    'C:\\a.pt',
    'c:/a.pt',
    'C:a.pt',
    '\\\\server\\share\\a.pt',
    '//server/a.pt',
    'http/a.pt',
    'https:a.pt',
    './http://a',
  ])('is a path: %s', (location) => expect(isURL(location)).toBe(false))
})

describe('a path of Windows', () => {
  it.each(['C:\\a.pt', 'c:/a.pt', '\\\\server\\share\\a.pt'])('is recognised: %s', (location) =>
    expect(isWindowsPath(location)).toBe(true),
  )

  it.each(['http://a/b', 'blob:http://a', 'data:,x', 'a.pt', '/a.pt', '//server/a.pt', 'c:a'])(
    'is not confused with other locations: %s',
    (location) => expect(isWindowsPath(location)).toBe(false),
  )
})
