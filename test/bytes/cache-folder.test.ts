import { describe, expect, it } from 'vitest'
import { cacheFolder, fileNameOf } from '../../src/bytes/cache-folder.node.ts'

describe('cacheFolder', () => {
  it.each([
    ['linux', { XDG_CACHE_HOME: '/c' }, '/c/dreamlip'],
    ['linux', { XDG_CACHE_HOME: '' }, /\/\.cache\/dreamlip$/],
    ['linux', {}, /\/\.cache\/dreamlip$/],
    ['darwin', {}, /Library\/Caches\/dreamlip$/],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/dreamlip/Cache'],
    ['linux', { DREAMLIP_CACHE: '/mine', XDG_CACHE_HOME: '/c' }, '/mine'],
  ])('is where the platform keeps caches: on %s with %j', (platform, env, expected) => {
    const folder = cacheFolder(env, platform)
    if (typeof expected === 'string') expect(folder).toBe(expected)
    else expect(folder).toMatch(expected)
  })
})

describe('fileNameOf', () => {
  it('keeps files of the same name apart and stays in its folder', () => {
    expect(fileNameOf('https://a.example/x.pt')).not.toBe(fileNameOf('https://b.example/x.pt'))
    expect(fileNameOf('https://a.example/..%2f..%2fetc/passwd.pt')).not.toMatch(/[/\\]/)
    expect(fileNameOf('https://a.example/uc?id=1')).toMatch(/^[0-9a-f]{12}\.pt$/)
  })
})
