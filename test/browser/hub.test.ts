/** A name on the Hub in real Chromium: read across origins, kept, and used without the network. */
import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { LoadOptions } from '../../src/index'
import { repository, serveHub, type HubRepository, type TestHub } from '../server/hub'
import { builtPage } from './build-page'
import { describeInChromium, startChromium } from './chromium'
import { serveFiles, type FileServer } from './file-server'
import type {} from './page/page'

const model = 'test/fixtures/models/hub-open-clip'
const files = Object.fromEntries(
  ['open_clip_model.safetensors', 'open_clip_config.json'].map((name) => [name, readFileSync(`${model}/${name}`)]),
)
const token = 'hf_secret'

describeInChromium('a name on the Hub in a page', () => {
  let browser: Browser
  let pages: FileServer
  let user: BrowserContext
  let hub: TestHub
  beforeAll(async () => {
    browser = await startChromium()
    pages = await serveFiles({ page: builtPage })
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })
  beforeEach(async () => {
    user = await browser.newContext()
  })
  afterEach(async () => {
    await user.close()
    await hub.close()
  })

  async function start(rest: Partial<HubRepository> = {}): Promise<void> {
    hub = await serveHub({ 'dream/lip': repository(files, rest) })
  }

  /** Loads a model in a new tab. */
  async function visit(source: string, { hub: options, ...rest }: LoadOptions = {}) {
    const page = await user.newPage()
    await page.goto(`${pages.url}/page/index.html`)
    await page.waitForFunction(() => 'page' in window)
    const asked = { ...rest, hub: { endpoint: hub.url, ...options } }
    const result = await page.evaluate(([source, options]) => window.page.visit(source, options), [
      source,
      asked,
    ] as const)
    const stored = await page.evaluate(() => window.page.listModels())
    await page.close()
    return { ...result, stored }
  }

  it.each([{ source: 'hf://dream/lip' }, { source: 'hf://dream/lip/open_clip_model.safetensors@main', worker: true }])(
    'loads, is listed by its name, and works without the network: $source',
    async ({ source, ...options }) => {
      await start()
      const first = await visit(source, options)
      // `@main` is the default: a name with it is the same model.
      const listed = { source: source.replace('@main', '') }
      expect(first).toMatchObject({ loaded: 1, warnings: [], stored: [listed] })
      await hub.close()
      expect(await visit(source, options)).toMatchObject({ image: first.image, loaded: 1, warnings: [] })
    },
  )

  it('sends the token to the Hub only, which the browser asks first', async () => {
    await start({ token })
    await visit('hf://dream/lip', { hub: { token } })
    expect(new Set(hub.tokens.hub)).toEqual(new Set([`Bearer ${token}`]))
    expect(new Set(hub.tokens.store)).toEqual(new Set([undefined]))
  })

  it('says that a repository is gated', async () => {
    await start({ gated: true, token })
    expect(await visit('hf://dream/lip')).toMatchObject({
      code: 'HTTP_STATUS',
      message: expect.stringMatching(/the repository is gated: accept its terms at/) as string,
    })
  })
})
