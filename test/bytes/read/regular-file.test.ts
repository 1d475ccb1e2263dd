/** Only regular files are read, and a file must not change while it is read. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFile, readFileBytes, readTextFile, streamFile } from '../../../src/bytes/read/file.node.ts'
import { withLock } from '../../../src/bytes/write/file-lock.node.ts'
import { DreamLIPError } from '../../../src/errors'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const path = (name: string) => join(folder, name)

const readers: Record<string, (path: string) => Promise<unknown>> = {
  openFile,
  readFileBytes: (path) => readFileBytes(path, 1e6),
  readTextFile: (path) => readTextFile(path, 1e6),
  async streamFile(path) {
    for await (const chunk of streamFile(path, 0)) return chunk
    return undefined
  },
}

describe.skipIf(process.platform === 'win32').each(Object.entries(readers))('%s', (_, read) => {
  const refused = (kind: string) => ({ code: 'SOURCE_UNREADABLE', message: expect.stringContaining(kind) as string })

  it.skipIf(!existsSync('/dev/zero'))('refuses devices, which never end', async () => {
    await expect(read('/dev/zero')).rejects.toMatchObject(refused('a device'))
  })

  it('refuses pipes, which wait forever', async () => {
    execFileSync('mkfifo', [path('pipe')])
    await expect(read(path('pipe'))).rejects.toMatchObject(refused('a pipe'))
  })

  it('refuses sockets and folders', async () => {
    const server = createServer().listen(path('socket'))
    await new Promise((resolve) => server.on('listening', resolve))
    await expect(read(path('socket'))).rejects.toMatchObject(refused('a socket'))
    server.close()
    await expect(read(folder)).rejects.toMatchObject(refused('a folder'))
  })
})

describe('a file that changes while it is read', () => {
  const changes: Record<string, () => void> = {
    'becomes shorter': () => truncateSync(path('x'), 300_000),
    'becomes longer': () => appendFileSync(path('x'), 'more'),
    'is written anew': () => writeFileSync(path('x'), Buffer.alloc(1_000_000, 'b')),
  }
  const changed = { code: 'DATA_CHANGED' }
  beforeEach(async () => {
    writeFileSync(path('x'), Buffer.alloc(1_000_000, 'a'))
    // Some file systems record times to a hundredth of a second.
    await new Promise((resolve) => setTimeout(resolve, 20))
  })

  it.each(Object.entries(changes))('and %s is not taken for complete', async (_, change) => {
    const reading = (async () => {
      let chunks = 0
      for await (const chunk of streamFile(path('x'), 0)) if (chunks++ === 0 && chunk.length > 0) change()
    })()
    await expect(reading).rejects.toMatchObject(changed)
  })

  it.each(Object.entries(changes))('and %s is not read as two halves', async (_, change) => {
    const file = await openFile(path('x'))
    await file.read(0, 1000)
    change()
    await expect(file.read(900_000, 1000)).rejects.toBeInstanceOf(DreamLIPError)
    await file.close()
  })
})

describe('a text file', () => {
  it('is refused beyond its limit', async () => {
    writeFileSync(path('x'), 'abcdef')
    await expect(readTextFile(path('x'), 5)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(await readTextFile(path('x'), 6)).toBe('abcdef')
  })
})

describe.skipIf(process.platform === 'win32')('a lock', () => {
  it('that is a pipe or folder is refused and stays', async () => {
    execFileSync('mkfifo', [path('lock')])
    for (const name of [path('lock'), folder]) {
      await expect(withLock(name, undefined, async () => undefined)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
      expect(existsSync(name)).toBe(true)
    }
  })
})
