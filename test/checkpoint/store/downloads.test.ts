/** `models` for the checkpoints in the folder of `downloadCheckpoint`. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fileNameOf } from '../../../src/bytes/cache-folder.node.ts'
import { models } from '../../../src/index.node.ts'

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'dreamlip-store-'))
  vi.stubEnv('DREAMLIP_CACHE', cache)
  vi.stubEnv('HF_HOME', join(cache, 'no-hub'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(cache, { recursive: true })
})

const url = 'https://example.org/weights/vit.safetensors'

describe('models of the folder for downloads', () => {
  it('lists released checkpoints by name and others by path, the largest first, with unfinished downloads', async () => {
    writeFileSync(join(cache, 'cc3m_dreamlip_vitb16.pt.part'), Buffer.alloc(20))
    writeFileSync(join(cache, 'cc3m_dreamlip_vitb16.pt.part.json'), '{}')
    writeFileSync(join(cache, fileNameOf(url)), Buffer.alloc(300))
    writeFileSync(join(cache, `${fileNameOf(url)}.lock`), '')
    mkdirSync(join(cache, 'index'))
    const stored = await models.list()
    expect(stored).toMatchObject([
      { source: join(cache, fileNameOf(url)), bytes: 300, files: [{ name: fileNameOf(url), bytes: 300 }] },
      { source: 'cc3m', bytes: 22, files: [{ bytes: 20 }, { bytes: 2 }] },
    ])
    expect(stored[0]!.usedAt).toBeInstanceOf(Date)
  })

  it('removes them by name, address and path, and nothing else', async () => {
    writeFileSync(join(cache, 'cc3m_dreamlip_vitb16.pt'), Buffer.alloc(20))
    writeFileSync(join(cache, 'cc3m_dreamlip_vitb16.pt.part'), Buffer.alloc(5))
    writeFileSync(join(cache, fileNameOf(url)), Buffer.alloc(300))
    writeFileSync(join(cache, 'other.pt'), Buffer.alloc(7))
    expect(await models.remove('cc3m')).toBe(25)
    expect(await models.remove(url)).toBe(300)
    expect(await models.remove('cc12m')).toBe(0)
    expect(readdirSync(cache)).toEqual(['other.pt'])
    expect(await models.remove(join(cache, 'other.pt'))).toBe(7)
    expect(await models.list()).toEqual([])
  })

  it('follows no links, and removes nothing outside of the folder', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'dreamlip-outside-'))
    const file = join(outside, 'mine.pt')
    writeFileSync(file, 'weights')
    symlinkSync(file, join(cache, 'link.pt'))
    expect(await models.list()).toEqual([])
    expect(await models.remove(file)).toBe(0)
    expect(await models.remove(join(cache, '..', outside, 'mine.pt'))).toBe(0)
    expect(await models.remove(join(cache, 'link.pt'))).toBe(0)
    expect(existsSync(file)).toBe(true)
    rmSync(outside, { recursive: true })
  })
})
