/** `models` for the Hub's cache. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { downloadCheckpoint, models } from '../../../src/index.node.ts'
import { commitOf, serveHub, type TestHub } from '../../server/hub'

const [old, now] = [commitOf('old'), commitOf('now')]
const shared = Buffer.alloc(2000, 'weights')
const replaced = Buffer.alloc(3000, 'old')

let home: string
let hub: TestHub
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'dreamlip-hub-store-'))
  vi.stubEnv('DREAMLIP_CACHE', join(home, 'dreamlip'))
  vi.stubEnv('HF_HOME', home)
  vi.stubEnv('HF_HUB_CACHE', '')
  vi.stubEnv('HF_TOKEN', '')
  hub = await serveHub({
    'dream/lip': {
      refs: { main: old, 'release/2': now },
      commits: {
        [old]: { 'a.pt': shared, 'b.pt': replaced, 'config.json': '{}' },
        [now]: { 'a.pt': shared, 'b.pt': shared },
      },
    },
    'other/model': { refs: { main: old }, commits: { [old]: { 'model.safetensors': replaced } } },
  })
  vi.stubEnv('HF_ENDPOINT', hub.url)
  for (const name of ['a.pt', 'b.pt', 'a.pt@release/2', 'b.pt@release/2'])
    await downloadCheckpoint(`hf://dream/lip/${name}`)
  await downloadCheckpoint('hf://other/model')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await hub.close()
  rmSync(home, { recursive: true })
})

const cache = (...names: string[]) => join(home, 'hub', ...names)
const lip = 'models--dream--lip'

describe('models of the Hub’s cache', () => {
  it('are listed by commit, with the files of each', async () => {
    const stored = await models.list()
    expect(stored.map(({ source, revision, bytes }) => [source, revision, bytes])).toEqual([
      ['hf://dream/lip', old, 5002],
      ['hf://other/model', old, 3000],
      ['hf://dream/lip', now, 2000],
    ])
    expect(stored[0]!.files).toEqual([
      { name: 'a.pt', bytes: 2000 },
      { name: 'b.pt', bytes: 3000 },
      { name: 'config.json', bytes: 2 },
    ])
    expect(stored[0]!.usedAt!.getTime()).toBeGreaterThan(Date.now() - 600_000)
  })

  it('of one revision are removed without the files that another uses', async () => {
    expect(await models.remove('hf://dream/lip@main')).toBe(3002)
    expect(readdirSync(cache(lip, 'snapshots'))).toEqual([now])
    expect(readFileSync(cache(lip, 'snapshots', now, 'a.pt')).equals(shared)).toBe(true)
    expect(existsSync(cache(lip, 'refs', 'main'))).toBe(false)
    expect(readFileSync(cache(lip, 'refs', 'release', '2'), 'utf8')).toBe(now)
    expect(await models.remove(`hf://dream/lip@${now}`)).toBeGreaterThanOrEqual(2000)
    expect(existsSync(cache(lip))).toBe(false)
    expect(existsSync(cache('.locks', lip))).toBe(false)
    expect((await models.list()).map(({ source }) => source)).toEqual(['hf://other/model'])
  })

  it('of all revisions are removed with what is left of unfinished downloads', async () => {
    writeFileSync(cache(lip, 'blobs', 'abc.part'), Buffer.alloc(100))
    writeFileSync(cache(lip, 'blobs', 'def.incomplete'), Buffer.alloc(50))
    expect((await models.list()).at(-1)).toMatchObject({
      source: 'hf://dream/lip',
      bytes: 150,
      files: [{ name: 'abc.part' }, { name: 'def.incomplete' }],
    })
    expect(await models.remove('hf://dream/lip')).toBeGreaterThanOrEqual(5152)
    expect(readdirSync(cache()).sort()).toEqual(['.locks', 'models--other--model'])
  })

  it('that are not there free nothing, and single files are refused', async () => {
    expect(await models.remove('hf://dream/lop')).toBe(0)
    expect(await models.remove('hf://dream/lip@v9')).toBe(0)
    await expect(models.remove('hf://dream/lip/a.pt')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(models.remove('hf://dream/../lip')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await models.list()).toHaveLength(3)
  })

  it('are never followed out of the cache by links', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'dreamlip-outside-'))
    const precious = join(outside, 'snapshots', now, 'precious.pt')
    mkdirSync(dirname(precious), { recursive: true })
    writeFileSync(precious, 'precious')
    symlinkSync(precious, cache(lip, 'snapshots', old, 'link.pt'))
    symlinkSync(outside, cache(lip, 'snapshots', old, 'folder'))
    symlinkSync(outside, cache('models--dream--linked'))
    expect((await models.list()).flatMap(({ files }) => files.map(({ name }) => name))).not.toContain('link.pt')
    expect(await models.remove('hf://dream/linked')).toBe(0)
    expect(await models.remove('hf://dream/lip@main')).toBe(3002)
    await models.remove('hf://dream/lip')
    expect(readFileSync(precious, 'utf8')).toBe('precious')
    rmSync(outside, { recursive: true })
  })
})
