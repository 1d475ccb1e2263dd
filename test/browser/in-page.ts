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
    browser = await startChromium()
    Object.assign(here, await openPage(browser))
  })
  afterAll(async () => {
    await browser?.close()
    await here.server?.close()
  })
  return here
}

/**
 * Opens the page in a new tab, from its own server.
 * @param headers of every response of the server
 * @param prepare is called with the tab before it loads the page
 */
export async function openPage(
  browser: Browser,
  headers: Readonly<Record<string, string>> = {},
  prepare: (page: Page) => Promise<void> = async () => undefined,
): Promise<InPage> {
  const folders = {
    page: builtPage,
    photos: 'examples/photos',
    golden: 'examples/golden',
    models: 'test/fixtures/models',
    images: 'test/fixtures/images',
    made: madeFiles,
  }
  const server = await serveFiles(folders, headers)
  const page = await browser.newPage()
  page.on('pageerror', (error) => console.error('In the page:', error))
  await prepare(page)
  await page.goto(`${server.url}/page/index.html`)
  await page.waitForFunction(() => 'page' in window)
  return { page, server }
}

/** Opens the page, runs `work` there, and closes both. */
export async function inNewPage<T>(
  browser: Browser,
  headers: Readonly<Record<string, string>>,
  work: (here: InPage) => Promise<T>,
  prepare?: (page: Page) => Promise<void>,
): Promise<T> {
  const here = await openPage(browser, headers, prepare)
  try {
    return await work(here)
  } finally {
    await here.page.close()
    await here.server.close()
  }
}
