/** The page in `examples/browser`, served by Vite as described in its first lines, in real Chromium. */
import { chromium } from 'playwright-core'
import { expect, it } from 'vitest'
import { describeInChromium, executable } from '../browser/chromium'
import { startServing } from './run-example'

describeInChromium('examples/browser', () => {
  it('searches the scenes, shows a heat map, and takes pictures of the user', async () => {
    const url = await startServing('node_modules/vite/bin/vite.js', 'examples/browser', '--port', '0')
    // Chromium with its default settings: WebGPU on a software adapter is many times slower than WebGL.
    const browser = await chromium.launch({ executablePath: executable, chromiumSandbox: false })
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on(
      'response',
      (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`),
    )
    await page.goto(url)

    const pictures = page.locator('figure img')
    await pictures.first().waitFor({ timeout: 100_000 })
    expect(await pictures.count()).toBe(13) // the heat map, then the twelve scenes
    const best = () => pictures.nth(1).getAttribute('src')
    expect(await best()).toContain('ladybug.png')
    expect(await pictures.first().evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(160)

    await page.fill('input[name=text]', 'some food at night')
    await page.click('button')
    await expect.poll(best, { timeout: 30_000 }).toContain('popcorn.png')

    await page.setInputFiles('input[type=file]', ['examples/scenes/cat.png', 'examples/scenes/rocket.png'])
    await expect.poll(() => pictures.count(), { timeout: 30_000 }).toBe(3)
    expect(problems).toEqual([])
    await browser.close()
  }, 180_000)
})
