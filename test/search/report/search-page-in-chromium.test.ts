/** The page of a search in Chromium: its policy lets it work, and heat maps show while a sentence has the pointer or the focus. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DreamLIP, renderSearchPage } from '../../../src/index.node.ts'
import { describeInChromium, startChromium } from '../../browser/chromium'
import { plainPicture } from '../../evaluation/small-model'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-page-'))
const file = join(folder, 'found.html')
const sentence = (text: string) => ({ text, score: 2.5, cosine: 0.2, answered: true })

describeInChromium('the page of a search', () => {
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  beforeAll(async () => {
    const model = await DreamLIP.load()
    const hits = ['a.png', 'b.png'].map((path) => ({
      path,
      score: 1,
      sentences: [sentence('A dog'), sentence('the sea')],
    }))
    writeFileSync(
      file,
      await renderSearchPage('A dog', { hits }, { model, readImage: () => plainPicture(200, 30, 40, 64) }),
    )
    model.dispose()
    browser = await startChromium()
    page = await browser.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && !request.url().startsWith('file:')) complaints.push(request.url())
    })
    await page.goto(pathToFileURL(file).href)
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const opacities = () =>
    page.evaluate(() => {
      for (const animation of document.getAnimations()) animation.finish()
      return [...document.querySelectorAll('.map')].map((map) => getComputedStyle(map).opacity)
    })

  it('shows no heat map at first, that of a sentence under the pointer, and that of one with the focus', async () => {
    expect(await opacities()).toEqual(['0', '0', '0', '0'])
    await page.hover('article:nth-of-type(1) .s1')
    expect(await opacities()).toEqual(['0', '0.75', '0', '0'])
    await page.mouse.move(0, 0)
    await page.focus('article:nth-of-type(2) .s0')
    expect(await opacities()).toEqual(['0', '0', '0.75', '0'])
  })

  it('has pictures, is dark where people like it dark, and fits a phone', async () => {
    const sizes = () => page.evaluate(() => [...document.images].map(({ naturalWidth }) => naturalWidth))
    expect(await sizes()).toEqual([64, 16, 16, 64, 16, 16])
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await background()).toBe('rgb(250, 250, 250)')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await background()).toBe('rgb(20, 24, 31)')
    await page.setViewportSize({ width: 320, height: 600 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  })

  it('asks for nothing, and its policy is not violated', () => expect(complaints).toEqual([]))
})
