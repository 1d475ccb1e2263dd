/** Weights that real Chromium keeps between visits: what it requests again, what works offline, and what happens if there is no room. */
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
  /** One user's browser: its tabs share what is kept. */
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
    return page.evaluate(([address, options]) => window.page.visit(address, options), [server.url + path, options] as const) // prettier-ignore
  }

  /** A visit in a tab of its own. */
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
      // One byte of each file tells its version.
      expect(second.sent).toBeLessThanOrEqual(10)
      server.isCut = true
      const third = await visit(path, options)
      for (const { image, loaded, warnings } of [second, third]) {
        expect({ image, loaded, warnings }).toEqual({ image: first.image, loaded: 1, warnings: [] })
      }
    },
  )
})

/** Answers from the files that the page has fetched before, when there is no network. */
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
