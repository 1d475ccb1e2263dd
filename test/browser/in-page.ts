/** The page of the tests in a running Chromium, and the server that it reads from. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { builtPage } from './build-page'
import { startChromium } from './chromium'
import { serveFiles, type FileServer } from './file-server'
import type {} from './page/page'

/** The folder for files that the page reads as `/made/NAME`. */
export const madeFiles = resolve('.cache/test-files')

export interface InPage {
  page: Page
  server: FileServer
}

/** Opens the page before the tests of a `describe` block and closes it after them. */
export function usePage(): InPage {
  const here = {} as InPage
  let browser: Browser | undefined
  beforeAll(async () => {
    mkdirSync(madeFiles, { recursive: true })
    here.server = await serveFiles({
      page: builtPage,
      photos: 'examples/photos',
      golden: 'examples/golden',
      models: 'test/fixtures/models',
      images: 'test/fixtures/images',
      made: madeFiles,
    })
    browser = await startChromium()
    here.page = await browser.newPage()
    here.page.on('pageerror', (error) => console.error('In the page:', error))
    await here.page.goto(`${here.server.url}/page/index.html`)
    await here.page.waitForFunction(() => 'page' in window)
  })
  afterAll(async () => {
    await browser?.close()
    await here.server?.close()
  })
  return here
}
