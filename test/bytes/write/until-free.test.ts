/** Files held by another program, such as virus scanners and indexers on Windows. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lockFolder, withLock } from '../../../src/bytes/write/file-lock.node.ts'
import { removePatiently } from '../../../src/bytes/write/until-free.node.ts'

/** Error codes for the next calls, by function name. */
const failures = vi.hoisted(() => ({ open: [] as string[], rm: [] as string[] }))
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>()
  const failing = (name: 'open' | 'rm') => async (path: string, options: never) => {
    const code = failures[name].shift()
    if (code) throw Object.assign(new Error(code), { code })
    return real[name](path, options)
  }
  return { ...real, open: failing('open'), rm: failing('rm') }
})

const platform = Object.getOwnPropertyDescriptor(process, 'platform')!
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-held-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  Object.defineProperty(process, 'platform', platform)
  failures.open = []
  failures.rm = []
})

describe('a lock that was just removed', () => {
  it('is taken on Windows once its name is free', async () => {
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' })
    failures.open = ['EPERM', 'EPERM']
    expect(await withLock(join(folder, 'lock'), undefined, async () => readdirSync(folder))).toEqual(['lock'])
    expect(readdirSync(folder)).toEqual([])
  })

  it('is refused at once elsewhere: the folder cannot be written', async () => {
    Object.defineProperty(process, 'platform', { ...platform, value: 'linux' })
    failures.open = ['EACCES']
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(readdirSync(folder)).toEqual([])
  })

  it('is released although another program looks at it', async () => {
    const release = await lockFolder(folder)
    failures.rm = ['EBUSY']
    await release()
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a file to remove', () => {
  it('may be missing', async () => expect(await removePatiently(join(folder, 'x'))).toBeUndefined())

  it('is not tried again for a reason that waiting does not change', async () => {
    writeFileSync(join(folder, 'x'), '')
    failures.rm = ['EROFS', 'EROFS']
    await expect(removePatiently(join(folder, 'x'))).rejects.toMatchObject({ code: 'EROFS' })
    expect(failures.rm).toHaveLength(1)
  })
})
