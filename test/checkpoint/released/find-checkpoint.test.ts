/** Released checkpoints, loaded by name in code. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as browser from '../../../src/checkpoint/released/find-checkpoint.browser'
import { releasedCheckpoints, type ReleasedCheckpoint } from '../../../src/checkpoint/released/released-checkpoints'
import { DreamLIP, downloadCheckpoint, type Progress } from '../../../src/index.node.ts'
import { serveAsDrive, type DriveOptions } from '../../server/drive'
import { hurry } from '../../server/hurry'
import type { TestServer } from '../../server/server'

const bytes = readFileSync('examples/golden/golden.pt')
const released = releasedCheckpoints as Record<string, ReleasedCheckpoint>

hurry(100)

let cache: string
let server: TestServer | undefined
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'dreamlip-names-'))
  vi.stubEnv('DREAMLIP_CACHE', cache)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  delete released['tiny']
  rmSync(cache, { recursive: true })
  await server?.close()
  server = undefined
})

/** Releases a small checkpoint on a server that responds like Google Drive. */
async function release(options?: DriveOptions): Promise<TestServer> {
  server = await serveAsDrive(bytes, options)
  released['tiny'] = { file: 'tiny.pt', config: 'tiny', data: 'nothing', url: server.url }
  return server
}

const load = (source: string, options: Parameters<typeof DreamLIP.load>[1] = {}) =>
  DreamLIP.load(source, { device: 'cpu', runtime: 'eager', ...options })

describe('DreamLIP.load of a released name', () => {
  it('downloads it with progress, and finds it in the cache from then on', async () => {
    const { requests } = await release()
    const progress: Progress[] = []
    const model = await load('tiny', { onProgress: (step) => progress.push(step) })
    expect(model.source).toBe(join(cache, 'tiny.pt'))
    expect([...new Set(progress.map(({ stage }) => stage))]).toEqual(['download', 'load'])
    const downloaded = progress.filter(({ stage }) => stage === 'download')
    expect(downloaded.at(-1)).toEqual({ stage: 'download', done: bytes.length, total: bytes.length })
    model.dispose()
    const asked = requests.length
    const again = await load('tiny', { onProgress: (step) => progress.push(step) })
    expect(requests).toHaveLength(asked)
    expect(progress.filter(({ stage }) => stage === 'download')).toHaveLength(downloaded.length)
    again.dispose()
  })

  it('stops when aborted, and the next call continues there', async () => {
    const { requests } = await release({ misbehave: (count) => (count === 1 ? { stallAfter: 100_000 } : {}) })
    const controller = new AbortController()
    const onProgress = ({ done }: Progress) => done === 100_000 && controller.abort(new Error('enough'))
    await expect(load('tiny', { onProgress, signal: controller.signal })).rejects.toThrow('enough')
    expect(readdirSync(cache)).toContain('tiny.pt.part')
    const model = await load('tiny')
    expect(requests.at(-1)).toMatch(/ bytes=100000-$/)
    expect(readFileSync(model.source!).equals(bytes)).toBe(true)
    model.dispose()
  })

  it('downloads it once for all workers', async () => {
    const { requests } = await release()
    const stages = new Set<string>()
    const onProgress = ({ stage }: Progress) => void stages.add(stage)
    const model = await DreamLIP.load('tiny', { device: 'cpu', workers: 2, worker: true, onProgress })
    expect(model.source).toBe(join(cache, 'tiny.pt'))
    expect([...stages]).toEqual(['download', 'load'])
    expect(requests).toHaveLength(2) // the page with the form, and the file
    await model[Symbol.asyncDispose]()
  })

  it('passes the refusal of the server on', async () => {
    await release({ quota: true })
    await expect(load('tiny')).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED' })
  })

  it('takes a file or folder of this name first', async () => {
    const { requests } = await release()
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-folder-'))
    const before = process.cwd()
    try {
      process.chdir(folder)
      mkdirSync('tiny')
      writeFileSync('tiny/golden.pt', bytes)
      const model = await load('tiny')
      expect(model.source).toBe(join('tiny', 'golden.pt'))
      model.dispose()
    } finally {
      process.chdir(before)
      rmSync(folder, { recursive: true })
    }
    expect(requests).toEqual([])
  })
})

describe('a name that nothing has', () => {
  it.each([
    ['cc3n', 'cc3m'],
    ['CC12M', 'cc12m'],
    ['merged', 'merged30m'],
    ['emoji_scene', 'emoji-scenes'],
  ])('%s is refused, and the message names %s', async (name, meant) => {
    await expect(load(name)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(
        `^${name}: no file, folder or released checkpoint has this name\\. Did you mean ${meant}\\? Pass a path, a URL, or one of cc3m,`,
      ) as string,
    })
  })

  it('is refused with all names where none is near, by downloadCheckpoint too', async () => {
    await expect(load('resnet')).rejects.toThrow(/has this name\. Pass a path, a URL, or one of cc3m, cc12m, yfcc15m/)
    await expect(downloadCheckpoint('cc3n')).rejects.toThrow(/got "cc3n"\. Did you mean cc3m\?$/)
  })

  it('with dots or slashes is a path', async () => {
    await expect(load('./cc3m')).rejects.toThrow(/^\.\/cc3m: .*no such file/)
    await expect(load('cc3n.pt')).rejects.toThrow(/^cc3n\.pt: .*no such file/)
  })
})

it('emoji-scenes is the model inside the package', async () => {
  const [named, unnamed] = [await load('emoji-scenes'), await DreamLIP.load(undefined, { device: 'cpu' })]
  expect(named.source).toBe(unnamed.source)
  for (const model of [named, unnamed]) model.dispose()
})

describe('in browsers', () => {
  it('released names are refused, and the message says how to serve the file', async () => {
    await expect(browser.findCheckpoint('cc3m', {})).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(
        /^cc3m: .*\(CORS\)\. Run npx dreamlip download cc3m, .*cc3m_dreamlip_vitb16\.pt'\)\.$/,
      ) as string,
    })
  })

  it('other names are relative addresses', async () => {
    expect(await browser.findCheckpoint('weights', {})).toBe('weights')
  })
})
