import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { freeBytesAt } from '../../../src/bytes/write/free-space.node'
import { checkFolder, makeFolder } from '../../../src/bytes/write/make-folder.node'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-folders-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('checkFolder', () => {
  it('accepts a folder that is there, and one that can be made, without making it', async () => {
    await checkFolder(folder)
    const deep = join(folder, 'a', 'b', 'c')
    await checkFolder(deep)
    expect(existsSync(join(folder, 'a'))).toBe(false)
    await makeFolder(deep)
    expect(existsSync(deep)).toBe(true)
  })

  it('refuses a place below a file, as makeFolder does', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    for (const check of [checkFolder, makeFolder]) {
      await expect(check(join(file, 'below'))).rejects.toMatchObject({
        code: 'WRITE_FAILED',
        message: expect.stringMatching(/below: the folder could not be created: .*\. Choose another folder\.$/),
      })
    }
  })

  // Root may write everywhere.
  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'refuses a folder without permission',
    async () => {
      const closed = join(folder, 'closed')
      mkdirSync(closed)
      chmodSync(closed, 0o500)
      await expect(checkFolder(join(closed, 'new'))).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    },
  )
})

describe('freeBytesAt', () => {
  it('gives the free space of the volume, also for a folder that is not there yet', async () => {
    const [here, later] = [await freeBytesAt(folder), await freeBytesAt(join(folder, 'not', 'yet'))]
    expect(here).toBeGreaterThan(0)
    expect(Math.abs(later! / here! - 1)).toBeLessThan(0.5)
  })
})
