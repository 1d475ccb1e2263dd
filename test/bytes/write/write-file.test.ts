/** The properties of an existing file that a write preserves, and failed writes. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type * as fs from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { crc32 } from '../../../src/crc32.node.ts'
import { writeFileAtomically, writeFilesTogether } from '../../../src/bytes/write/write-file.node.ts'

/** Error codes for the next renames, as on Windows while another program has the file open. */
const failures = vi.hoisted(() => [] as string[])
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>()
  return {
    ...real,
    rename(from: string, to: string) {
      const code = failures.shift()
      return code ? Promise.reject(Object.assign(new Error(`${code}: not now`), { code })) : real.rename(from, to)
    },
  }
})

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterEach(() => {
  failures.length = 0
  rmSync(folder, { recursive: true, force: true })
})

const path = (name: string) => join(folder, name)
const text = (value: string) => [new TextEncoder().encode(value)]
const modeOf = (name: string) => statSync(path(name)).mode & 0o777

describe.skipIf(process.platform === 'win32')('an existing file', () => {
  it.each([0o600, 0o666, 0o755])('keeps its permissions %o', async (mode) => {
    writeFileSync(path('x'), 'old')
    chmodSync(path('x'), mode)
    await writeFileAtomically(path('x'), text('new'))
    expect(modeOf('x')).toBe(mode)
    expect(readFileSync(path('x'), 'utf8')).toBe('new')
  })

  it('is replaced at the target of a link, and the link stays', async () => {
    mkdirSync(path('there'))
    writeFileSync(path('there/file'), 'old')
    symlinkSync(path('there/file'), path('link'))
    await writeFileAtomically(path('link'), text('new'))
    expect(lstatSync(path('link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(path('there/file'), 'utf8')).toBe('new')
    expect(readdirSync(path('there'))).toEqual(['file'])
  })
})

describe.skipIf(process.platform === 'win32')('a new file', () => {
  it('never has other permissions than the requested ones, not even for a moment', async () => {
    const modes: number[] = []
    const chunks = (function* () {
      modes.push(...readdirSync(folder).map(modeOf))
      yield* text('secret')
    })()
    await writeFilesTogether([{ path: path('x'), chunks, mode: 0o600 }])
    expect([...modes, modeOf('x')]).toEqual([0o600, 0o600])
  })
})

describe('a name that something else already has', () => {
  it('is refused before anything is written', async () => {
    mkdirSync(path('x'))
    const chunks = vi.fn(() => text('new').values())
    const writing = writeFileAtomically(path('x'), { [Symbol.iterator]: chunks })
    await expect(writing).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining(path('x')) as string,
    })
    expect(chunks).not.toHaveBeenCalled()
    expect(readdirSync(folder)).toEqual(['x'])
  })

  it('is refused for devices, which stay', async () => {
    if (!existsSync('/dev/null')) return
    await expect(writeFileAtomically('/dev/null', text('new'))).rejects.toMatchObject({ code: 'WRITE_FAILED' })
  })
})

describe('a file that another program has open for a moment', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('is renamed once it is free (%s)', async (code) => {
    failures.push(code, code)
    await writeFileAtomically(path('x'), text('new'))
    expect(readdirSync(folder)).toEqual(['x'])
  })

  it('gives up if it stays open', { timeout: 20_000 }, async () => {
    failures.push(...Array<string>(20).fill('EBUSY'))
    await expect(writeFileAtomically(path('x'), text('new'))).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('files that killed writers left behind', () => {
  const host = crc32(Buffer.from(hostname())).toString(16).padStart(8, '0')
  const left = (pid: number, machine: string) => `y.${pid}-${machine}0123abcd.tmp`

  it('are removed if their process had this process’s id, and kept if they may still be written', async () => {
    const names = [left(process.pid, host), left(1, 'ffffffff'), left(2, 'ffffffff')]
    for (const name of names) writeFileSync(path(name), '')
    const longAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
    for (const name of names.slice(0, 2)) utimesSync(path(name), longAgo, longAgo)
    const ownAndNew = left(process.pid, host).replace('0123', '9999')
    writeFileSync(path(ownAndNew), '')
    await writeFileAtomically(path('x'), text('new'))
    expect(readdirSync(folder).sort()).toEqual(['x', names[2], ownAndNew].sort())
  })
})

describe('a signal that is aborted', () => {
  it('leaves the old file', async () => {
    writeFileSync(path('x'), 'old')
    const stop = new AbortController()
    const chunks = (function* () {
      yield* text('half')
      stop.abort(new Error('enough'))
      yield* text('rest')
    })()
    await expect(writeFileAtomically(path('x'), chunks, stop.signal)).rejects.toThrow('enough')
    await expect(writeFileAtomically(path('x'), text('new'), stop.signal)).rejects.toThrow('enough')
    expect(readdirSync(folder).map((name) => readFileSync(path(name), 'utf8'))).toEqual(['old'])
  })
})
