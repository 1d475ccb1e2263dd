/** The page of `serveIndex` in real Chromium: a person's search, with the mouse, with keys, and with errors. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, copyFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest'
import { DreamLIP, ImageIndex, serveIndex, type IndexServer } from '../../src/index.node.ts'
import { describeInChromium, startChromium } from './chromium'

const scenes = 'examples/scenes'
/** The long description of a scene. */
const describeScene = (name: string) => readFileSync(join(scenes, `${name}.txt`), 'utf8').split('\n')[1]!

describeInChromium('the page of an index', () => {
  const root = mkdtempSync(join(tmpdir(), 'dreamlip-page-'))
  let model: DreamLIP
  let index: ImageIndex
  let server: IndexServer
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    for (const [i, file] of readdirSync(scenes)
      .filter((file) => file.endsWith('.png'))
      .sort()
      .entries()) {
      const folder = join(root, 'pictures', i % 2 === 0 ? 'even' : 'odd')
      mkdirSync(folder, { recursive: true })
      copyFileSync(join(scenes, file), join(folder, file))
    }
    model = await DreamLIP.load()
    index = await ImageIndex.open(join(root, 'scenes.index'), { model })
    await index.add(join(root, 'pictures'))
    server = await serveIndex(index, { port: 0 })
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await index?.close()
    model?.dispose()
    rmSync(root, { recursive: true, force: true })
  })
  beforeEach(async () => {
    page = await browser.newPage()
    complaints = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(server.url)
    await page.waitForSelector('#results li')
  })
  afterEach(() => page.close())

  const names = () => page.locator('#results .name').allTextContents()
  const best = (name: string) =>
    page.waitForFunction((name) => document.querySelector('#results .name')?.textContent === name, name)
  const focused = () =>
    page.evaluate(() => (document.activeElement as HTMLElement).dataset.name ?? document.activeElement!.id)

  it('shows the newest pictures, then results while one types, without a complaint of the policy', async () => {
    expect(await page.title()).toBe('scenes.index: search pictures')
    expect(await names()).toHaveLength(12)
    await page.locator('#text').pressSequentially(describeScene('rocket'))
    await best('rocket.png')
    expect(await page.locator('#status').textContent()).toBe('12 pictures, the best first')
    await page.waitForFunction(() => [...document.images].every(({ complete }) => complete))
    const broken = await page.evaluate(
      () =>
        [...document.querySelectorAll<HTMLImageElement>('.small')].filter(({ naturalWidth }) => naturalWidth === 0)
          .length,
    )
    expect(broken).toBe(0)
    expect(complaints).toEqual([])
  })

  it('lists how well each picture answers each sentence, and shows where on focus and on hover', async () => {
    const text = describeScene('cat')
    await page.fill('#text', text)
    await best('cat.png')
    const { hits } = await index.search(text, { topK: 60 })
    const words = hits[0]!.sentences.slice(0, 4).map(({ text }) => text)
    // The same picture may have been the best in the previous search.
    await expect.poll(() => page.locator('#results li:first-child .chip .words').allTextContents()).toEqual(words)
    await page.locator('#results li:first-child .more').click()
    await expect.poll(() => page.locator('#results li:first-child .chip').count()).toBe(hits[0]!.sentences.length)
    const map = page.locator('#results li:first-child .map')
    await page.mouse.move(0, 0) // the button was replaced by a sentence, which the mouse now points to
    await map.waitFor({ state: 'hidden' })
    for (const act of ['hover', 'focus'] as const) {
      await page.locator('#results li:first-child .chip').nth(1)[act]()
      await map.waitFor({ state: 'visible' })
      await expect.poll(() => map.getAttribute('alt')).toContain(words[1])
      await (act === 'hover' ? page.mouse.move(0, 0) : page.focus('#text'))
      await map.waitFor({ state: 'hidden' })
    }
    await page.locator('.sentence').first().click()
    await page.locator('#results li:nth-child(2) .map').waitFor({ state: 'visible' })
  })

  it('is used with keys alone', async () => {
    expect(await focused()).toBe('text')
    await page.keyboard.type('a rocket')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#results .chip')
    const order = await names()
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe(order[0])
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toBe(order[1])
    await page.keyboard.press('End')
    expect(await focused()).toBe(order.at(-1))
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    const viewer = page.getByRole('dialog', { name: order[0]! })
    expect(await viewer.isVisible()).toBe(true)
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#viewer-name').textContent()).toBe(order[1])
    await page.keyboard.press('Escape')
    await expect.poll(focused).toBe(order[1])
    expect(await viewer.isVisible()).toBe(false)
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('text')
    await page.keyboard.press('Escape')
    expect(await page.inputValue('#text')).toBe('')
    await page.waitForFunction(() => document.querySelector('#status')!.textContent === 'The newest pictures')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('/')
    expect(await focused()).toBe('text')
    expect(await page.inputValue('#text')).toBe('')
  })

  it('tells a screen reader what a picture shows and lacks', async () => {
    const text = 'A rocket. A purple elephant in a car.'
    await page.fill('#text', text)
    await page.waitForSelector('#results .chip')
    const [hit] = (await index.search(text)).hits
    const label = await page.locator('#results .picture').first().getAttribute('aria-label')
    const answered = hit!.sentences.filter(({ answered }) => answered).length
    expect(label).toContain(`shows ${answered} of 2 sentences`)
    for (const missing of hit!.missing) expect(label).toContain(missing)
    expect(await page.getByRole('textbox', { name: 'Describe the picture' }).count()).toBe(1)
    expect(await page.locator('#status').getAttribute('role')).toBe('status')
    const unnamed = await page.evaluate(() => [...document.querySelectorAll('button, a, select, input, textarea')].filter((element) => !(element.textContent!.trim() || element.getAttribute('aria-label') || (element as HTMLInputElement).labels?.length)).map(({ outerHTML }) => outerHTML)) // prettier-ignore
    expect(unnamed).toEqual([])
  })

  it('finds similar pictures, also with a text, and pictures like one that is dropped', async () => {
    await page.locator('#results li', { hasText: 'cat.png' }).hover()
    await page.locator('#results li', { hasText: 'cat.png' }).locator('.like').click()
    await page.waitForFunction(() => document.querySelectorAll('#results li').length === 11)
    const similar = await index.similar(join(root, 'pictures/even/cat.png'), { topK: 60 })
    expect(await names()).toEqual(similar.map(({ path }) => path.split('/').pop()))
    await page.fill('#text', 'a rocket')
    await page.waitForSelector('#results .chip')
    await page.click('#clear')
    await page.waitForFunction(() => document.querySelectorAll('#results li').length === 12)
    const bytes = [...readFileSync(join(scenes, 'panda.png'))]
    await page.evaluate((bytes) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([Uint8Array.from(bytes)], 'mine.png', { type: 'image/png' }))
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }, bytes)
    await best('panda.png')
    expect(await page.locator('#example-name').textContent()).toBe('Like mine.png')
    expect(complaints).toEqual([])
  })

  it('filters by folder, and repeats the search when the page is loaded again', async () => {
    await page.fill('#text', 'a rocket')
    await page.selectOption('#folder', { label: 'odd (6)' })
    await page.waitForFunction(() => document.querySelectorAll('#results .chip').length === 6)
    const found = await names()
    await page.reload()
    await page.waitForFunction(() => document.querySelectorAll('#results .chip').length === 6)
    expect(await names()).toEqual(found)
    expect(await page.inputValue('#text')).toBe('a rocket')
    await page.fill('#from', '1999-01-01')
    await page.fill('#to', '1999-12-31')
    await page.waitForSelector('#notice:not([hidden])')
    expect(await page.locator('#notice').textContent()).toContain('No picture matches the filters.')
    await page.click('#unfilter')
    await page.waitForFunction(() => document.querySelectorAll('#results .chip').length === 12)
  })

  it('says so if nothing fits', async () => {
    const text = 'A quarterly tax form. A lawyer signs it.'
    await page.fill('#text', text)
    await page.waitForSelector('#results .chip')
    const { fits } = await index.search(text)
    expect(await page.locator('#notice').isVisible()).toBe(!fits)
    if (!fits) expect(await page.getByRole('alert').textContent()).toContain('Nothing here fits')
  })

  it('says what is wrong with a query, and goes on', async () => {
    await page.fill('#text', '"a beach" + ')
    await page.waitForSelector('#notice.failed')
    expect(await page.locator('#notice').textContent()).toContain('terms like')
    await page.fill('#text', 'a rocket')
    await page.waitForSelector('#notice.failed', { state: 'hidden' })
    await page.waitForFunction(() => document.querySelectorAll('#results .chip').length === 12)
  })

  it('has no sideways scrolling on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    await page.fill('#text', describeScene('street'))
    await page.waitForSelector('#results .chip')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    await page.locator('#results .picture').first().click()
    expect(await page.locator('#viewer').boundingBox()).toMatchObject({ x: 0, width: 360 })
  })

  it('explains what to do with an empty index', async () => {
    const empty = join(root, 'empty.index')
    mkdirSync(empty)
    const nothing = await ImageIndex.open(empty, { model })
    const other = await serveIndex(nothing, { port: 0 })
    await page.goto(other.url)
    await page.waitForSelector('#notice:not([hidden])')
    expect(await page.locator('#notice').textContent()).toContain('dreamlip index')
    await other.close()
    await nothing.close()
  })

  it('says that the server has ended', async () => {
    const second = join(root, 'second.index')
    const copy = await ImageIndex.open(second, { model })
    await copy.add(join(root, 'pictures/odd'))
    const other = await serveIndex(copy, { port: 0 })
    await page.goto(other.url)
    await page.waitForSelector('#results li')
    await other.close()
    await page.fill('#text', 'a rocket')
    await page.waitForSelector('#notice.failed')
    expect(await page.locator('#notice').textContent()).toContain('The server does not answer')
    await copy.close()
  })

  it('cannot be reached by a page of another site', async () => {
    const foreign = server.url.replace('127.0.0.1', 'localhost')
    await page.goto('about:blank')
    const reached = await page.evaluate(async (url) => {
      const tries = [fetch(`${url}/api/collection`), fetch(`${url}/api/search`, { method: 'POST', mode: 'no-cors', body: '{"text":"a"}' }).then(({ type }) => { if (type !== 'opaque') throw new Error(type) ; return 'opaque' })] // prettier-ignore
      return Promise.all(tries.map((attempt) => attempt.then((answer) => (typeof answer === 'string' ? answer : 'read'), () => 'refused'))) // prettier-ignore
    }, foreign)
    expect(reached).toEqual(['refused', 'refused'])
  })
})
