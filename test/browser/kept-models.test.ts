/** Weights that real Chromium keeps between visits: repeated requests, offline use, and a full disk. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { LoadOptions } from '../../src/index'
import { builtPage } from './build-page'
import { describeInChromium, startChromium } from './chromium'
import { serveFiles, type FileServer } from './file-server'
import { serveWeights, type WeightsServer } from './weights-server'
import type {} from './page/page'

describeInChromium('weights that a browser keeps', () => {
  let browser: Browser
  let pages: FileServer
  let folder: string
  /** One user's browser: its tabs share the kept data. */
  let user: BrowserContext
  let server: WeightsServer

  beforeAll(async () => {
    browser = await startChromium()
    folder = mkdtempSync(join(tmpdir(), 'dreamlip-kept-'))
    cpSync('test/fixtures/models/hub-open-clip', join(folder, 'model'), { recursive: true })
    cpSync('test/fixtures/models/hub-transformers', join(folder, 'shards'), { recursive: true })
    cpSync('examples/golden/golden.pt', join(folder, 'golden.pt'))
    writeFileSync(join(folder, 'sw.js'), serviceWorker)
    pages = await serveFiles({ page: builtPage, worker: folder }, { 'Service-Worker-Allowed': '/' })
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    user = await browser.newContext()
    server = await serveWeights(folder)
  })
  afterEach(async () => {
    await user.close()
    await server.close()
  })

  /** A new tab. */
  async function open(prepare: (page: Page) => Promise<void> = async () => undefined): Promise<Page> {
    const page = await user.newPage()
    page.on('pageerror', (error) => console.error('In the page:', error))
    await prepare(page)
    await page.goto(`${pages.url}/page/index.html`)
    await page.waitForFunction(() => 'page' in window)
    return page
  }

  /** Loads a model in a tab. */
  function load(page: Page, path = '/model/', options: LoadOptions = {}) {
    const source = path.startsWith('/') ? server.url + path : path
    return page.evaluate(([source, options]) => window.page.visit(source, options), [source, options] as const)
  }

  /** A visit in a separate tab. */
  async function visit(path?: string, options?: LoadOptions, prepare?: (page: Page) => Promise<void>) {
    const page = await open(prepare)
    const result = await load(page, path, options)
    await page.close()
    return { ...result, sent: server.sent() }
  }

  const layouts = [
    { path: '/model/open_clip_model.safetensors' },
    { path: '/model/' },
    { path: '/shards/' },
    { path: '/golden.pt' },
    { path: '/model/', options: { worker: true } },
  ]
  it.each(layouts)(
    'requests no weights on the second visit, and works on the third with the server cut off: $path, $options',
    async ({ path, options }) => {
      const first = await visit(path, options)
      expect(first).toMatchObject({ loaded: 1, warnings: [] })
      expect(first.sent).toBeGreaterThan(100_000)
      const second = await visit(path, options)
      // One byte of each file identifies its version.
      expect(second.sent).toBeLessThanOrEqual(10)
      server.isCut = true
      const third = await visit(path, options)
      for (const { image, loaded, warnings } of [second, third]) {
        expect({ image, loaded, warnings }).toEqual({ image: first.image, loaded: 1, warnings: [] })
      }
    },
  )

  it('works on the second visit with the network of the whole browser cut off, page and all', async () => {
    const page = await open()
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/worker/sw.js', { scope: '/' })
      await navigator.serviceWorker.ready
    })
    await page.close()
    const first = await visit('/model/')
    await user.setOffline(true)
    const second = await visit('/model/')
    expect(second).toEqual({ ...first, sent: 0 })
    expect(second.loaded).toBe(1)
  })

  it('reads a config at an address of its own with the server cut off', async () => {
    const options = { config: `${server.url}/model/open_clip_config.json` }
    const first = await visit('/model/open_clip_model.safetensors', options)
    expect(first.loaded).toBe(1)
    server.isCut = true
    expect(await visit('/model/open_clip_model.safetensors', options)).toEqual({ ...first, sent: 0 })
  })

  it.each([{}, { worker: true }])('keeps a model of the Hub under its name: %o', async (given) => {
    cpSync('test/fixtures/models/hub-open-clip', join(folder, 'owner/name/resolve/main'), { recursive: true })
    const options = { ...given, hub: { endpoint: server.url } }
    const first = await visit('hf://owner/name', options)
    expect(first).toMatchObject({ loaded: 1, warnings: [] })
    expect((await visit('hf://owner/name@main', options)).sent).toBeLessThanOrEqual(10)
    server.isCut = true
    expect(await visit('hf://owner/name', options)).toEqual({ ...first, sent: 0 })
    expect(await list()).toEqual([expect.objectContaining({ source: 'hf://owner/name', bytes: 413_530 })])
    const page = await open()
    expect(await page.evaluate(() => window.page.removeModel('hf://owner/name'))).toBe(413_530)
  })

  it('uses what is kept if the server is out of order, but not if it refuses', async () => {
    const { image } = await visit()
    server.status = 503
    expect(await visit()).toMatchObject({ image, sent: 0 })
    server.status = 403
    expect(await visit()).toMatchObject({ code: 'HTTP_STATUS' })
    server.status = undefined
    expect((await visit()).sent).toBeLessThanOrEqual(10)
  })

  it('drops a file that changed on the server', async () => {
    const first = await visit()
    server.etag = '"2"'
    const second = await visit()
    expect(second.sent).toBeGreaterThanOrEqual(first.sent)
    const [model] = await list()
    expect(model).toMatchObject({ revision: '"2"' })
    expect(model!.bytes).toBeLessThan(500_000)
    expect((await visit()).sent).toBeLessThanOrEqual(10)
  })

  it.each([
    { etag: undefined, lastModified: undefined, query: '', keeps: false },
    { etag: undefined, lastModified: 'Sat, 28 Nov 2026 20:00:00 GMT', query: '', keeps: true },
    { etag: undefined, lastModified: 'Sat, 28 Nov 2026 20:00:00 GMT', query: '?id=1', keeps: false },
    { etag: 'W/"1"', lastModified: undefined, query: '?id=1', keeps: true },
  ])(
    'keeps only what a validator identifies: $etag, $lastModified, query "$query"',
    async ({ keeps, query, ...validators }) => {
      Object.assign(server, validators)
      const path = `/model/open_clip_model.safetensors${query}`
      const { image } = await visit(path)
      const second = await visit(path)
      expect(second.image).toEqual(image)
      if (keeps) expect(second.sent).toBeLessThanOrEqual(10)
      else expect(second.sent).toBeGreaterThan(400_000)
      const kept = (await list()).flatMap(({ files }) => files.map(({ name }) => name))
      expect(kept.includes('open_clip_model.safetensors')).toBe(keeps)
    },
  )

  it('works with a server without ranges', async () => {
    server.supportsRanges = false
    const first = await visit()
    expect(await visit()).toMatchObject({ image: first.image, loaded: 1 })
    server.isCut = true
    expect(await visit()).toEqual({ ...first, sent: 0 })
  })

  it('keeps what came before a tab was closed in the middle', async () => {
    const page = await open()
    server.answers = 9
    void load(page).catch(() => undefined)
    await expect.poll(() => server.requests.length, { timeout: 30_000 }).toBe(9)
    await expect.poll(async () => (await list())[0]?.bytes ?? 0, { timeout: 30_000 }).toBeGreaterThan(100_000)
    await page.close()
    const kept = (await list())[0]!.bytes
    server.sent()
    server.answers = Infinity
    const second = await visit()
    expect(second.loaded).toBe(1)
    expect(second.sent).toBeLessThan(413_530 - kept / 2) // requests are for at least 64 KiB
    expect((await visit()).sent).toBeLessThanOrEqual(10)
  })

  it('reads a part again that was torn', async () => {
    const { image } = await visit()
    const page = await open()
    const torn = await page.evaluate(tearParts)
    await page.close()
    expect(torn).toBeGreaterThan(3)
    const second = await visit()
    expect(second.image).toEqual(image)
    expect(second.sent).toBeGreaterThan(400_000)
    expect((await visit()).sent).toBeLessThanOrEqual(10)
  })

  it('loads in two tabs at once', async () => {
    const tabs = [await open(), await open()]
    const [one, other] = await Promise.all(tabs.map((page) => load(page)))
    expect(one).toEqual(other)
    expect(one!.warnings).toEqual([])
    server.sent()
    expect(await visit()).toMatchObject({ image: one!.image, warnings: [] })
    server.isCut = true
    expect(await visit()).toMatchObject({ image: one!.image, warnings: [], sent: 0 })
  })

  it('loads a model for which there is no room, and says once how much is missing', async () => {
    const { loaded, warnings } = await visit('/model/', {}, (page) => grant(page, 200_000))
    expect(loaded).toBe(1)
    expect(warnings).toEqual([
      expect.stringMatching(/open_clip_model.safetensors: .*they need up to 0\.4 MB, and 0\.1 MB of the 0\.2 MB for this site are free.*models\.remove/), // prettier-ignore
    ])
    expect((await visit()).sent).toBeGreaterThan(400_000)
  })

  it('loads a model while the room runs out, says so once, and keeps what it has', async () => {
    const page = await open((page) => grant(page, 1e9))
    const session = await user.newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: pages.url, quotaSize: 350_000 })
    const { loaded, warnings } = await load(page)
    expect(loaded).toBe(1)
    expect(warnings).toEqual([
      expect.stringMatching(/open_clip_model.safetensors: .*they need up to 0\.4 MB, and the room for this site is used up/), // prettier-ignore
    ])
    await page.close()
    server.sent()
    const { sent } = await visit()
    expect(sent).toBeGreaterThan(10_000)
    expect(sent).toBeLessThan(400_000)
  })

  it('uses Cache Storage where there is no private file system', async () => {
    const first = await visit('/model/', {}, withoutFiles)
    const page = await open(withoutFiles)
    const keys = await page.evaluate(async () => (await (await caches.open('dreamlip')).keys()).length)
    expect(keys).toBeGreaterThan(5)
    server.sent()
    expect(await load(page)).toMatchObject({ image: first.image })
    expect(server.sent()).toBeLessThanOrEqual(10)
    server.isCut = true
    expect(await load(page)).toMatchObject({ image: first.image, warnings: [] })
    const [model] = await page.evaluate(() => window.page.listModels())
    expect(model).toMatchObject({ source: `${server.url}/model/` })
    expect(await page.evaluate((source) => window.page.removeModel(source), model!.source)).toBe(model!.bytes)
    expect(await page.evaluate(() => window.page.listModels())).toEqual([])
  })

  it('keeps nothing where the browser allows nothing, without a warning', async () => {
    const allowNothing = async (page: Page) => {
      await withoutFiles(page)
      await page.addInitScript(() => Reflect.deleteProperty(window, 'caches'))
    }
    const first = await visit('/model/', {}, allowNothing)
    expect(first).toMatchObject({ loaded: 1, warnings: [] })
    expect(await visit('/model/', {}, allowNothing)).toEqual(first)
    expect(await list()).toEqual([])
  })

  it('keeps nothing with cache: false', async () => {
    const first = await visit('/model/', { cache: false })
    expect(await visit('/model/', { cache: false })).toEqual(first)
    expect(await list()).toEqual([])
  })

  it('lists what is kept, the largest first, and removes it by its address', async () => {
    await visit('/model/')
    await visit('/golden.pt?token=secret')
    const models = await list()
    expect(models.map(({ source }) => source)).toEqual([`${server.url}/golden.pt`, `${server.url}/model/`])
    expect(models[1]).toEqual({
      source: `${server.url}/model/`,
      revision: '"1"',
      bytes: 412_954 + 576,
      files: [
        { name: 'open_clip_model.safetensors', bytes: 412_954 },
        { name: 'open_clip_config.json', bytes: 576 },
      ],
    })
    const page = await open()
    const remove = (source: string) => page.evaluate((source) => window.page.removeModel(source), source)
    expect(await remove(`${server.url}/model/`)).toBe(413_530)
    expect(await remove(`${server.url}/model/`)).toBe(0)
    expect(await remove(`${server.url}/golden.pt?token=other`)).toBe(models[0]!.bytes)
    expect(await list()).toEqual([])
  })

  /** The models that are kept, as a tab sees them. */
  async function list() {
    const page = await open()
    const models = await page.evaluate(() => window.page.listModels())
    await page.close()
    return models
  }
})

/** Makes a page estimate this storage quota, half of it used. */
async function grant(page: Page, quota: number): Promise<void> {
  await page.addInitScript((quota) => {
    StorageManager.prototype.estimate = async () => ({ quota, usage: quota / 2 })
  }, quota)
}

/** A browser without a private file system. */
async function withoutFiles(page: Page): Promise<void> {
  await page.addInitScript(() => Reflect.deleteProperty(StorageManager.prototype, 'getDirectory'))
}

/** Cuts the last byte off every part in the private file system. Runs in a page. */
async function tearParts(): Promise<number> {
  const tear = async (folder: FileSystemDirectoryHandle): Promise<number> => {
    let torn = 0
    for await (const handle of folder.values()) {
      if (handle.kind === 'directory') torn += await tear(handle as FileSystemDirectoryHandle)
      else if (handle.name.includes('-')) {
        const file = handle as FileSystemFileHandle
        const { size } = await file.getFile()
        const stream = await file.createWritable({ keepExistingData: true })
        await stream.truncate(size - 1)
        await stream.close()
        torn++
      }
    }
    return torn
  }
  return tear(await navigator.storage.getDirectory())
}

/** Responds with files that the page fetched before if there is no network. */
const serviceWorker = `
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).origin !== location.origin) return
  event.respondWith((async () => {
    const cache = await caches.open('page')
    try {
      const answer = await fetch(event.request)
      await cache.put(event.request, answer.clone())
      return answer
    } catch (error) {
      return (await cache.match(event.request)) ?? Response.error()
    }
  })())
})`
