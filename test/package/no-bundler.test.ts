/** examples/no-bundler with the packed package, from a plain server, in real Chromium. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { describeInChromium, startChromium } from '../browser/chromium'
import { serveFiles } from '../browser/file-server'
import { largestDifference } from '../ops/compare'
import { installPacked, type PackedProject } from './packed-project'

describeInChromium('without a bundler and without an import map', () => {
  let project: PackedProject
  beforeAll(() => {
    project = installPacked()
    copyFileSync('examples/no-bundler/index.html', join(project.folder, 'no-bundler.html'))
  }, 300_000)
  afterAll(() => project?.remove())

  it('the example searches pictures, and embeds them as in Node', async () => {
    const server = await serveFiles({ app: project.folder })
    const browser = await startChromium()
    try {
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('pageerror', ({ message }) => problems.push(message))
      await page.goto(`${server.url}/app/no-bundler.html`)
      const status = page.locator('#status')
      await expect.poll(() => status.textContent(), { timeout: 60_000 }).toBe('Ready, on @tensorflow/tfjs-backend-wasm. Choose pictures.') // prettier-ignore
      await page.setInputFiles('input[type=file]', ['examples/scenes/cat.png', 'examples/scenes/rocket.png'])
      await page.fill('input[name=text]', 'a rocket')
      await page.click('button')
      const hits = page.locator('#hits li')
      await expect.poll(() => hits.count(), { timeout: 30_000 }).toBe(2)
      expect(await hits.first().textContent()).toMatch(/^rocket\.png: cosine 0\.\d\d$/)

      const module = `${server.url}/app/node_modules/dreamlip/dist/standalone/dreamlip.js`
      // As text: Vitest rewrites the imports of functions.
      const embed = (options: string) =>
        `import('${module}').then(async ({ DreamLIP }) => [...(await (await DreamLIP.load(undefined, ${options})).encodeText('a rocket')).data])`
      const values = await page.evaluate<number[]>(embed('{}'))
      expect(await page.evaluate<number[]>(embed('{ worker: true }'))).toEqual(values)
      const model = await DreamLIP.load('assets/emoji-scenes.safetensors', { device: 'wasm' })
      expect(largestDifference(values, [...(await model.encodeText('a rocket')).data])).toBeLessThan(1e-5)
      model.dispose()
      expect(problems).toEqual([])
      expect(server.requests.filter(({ status, path }) => status >= 400 && !path.includes('onnxruntime'))).toEqual([])
    } finally {
      await browser.close()
      await server.close()
    }
  }, 180_000)
})
