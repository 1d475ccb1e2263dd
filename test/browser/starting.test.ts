/** How models start in real Chromium: the choices of `auto`, and the settings of onnxruntime-web. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInChromium, startChromium } from './chromium'
import { isolation } from './file-server'
import { inNewPage } from './in-page'

describeInChromium('a model that starts in a page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser.close())

  it('passes over WebGPU and WebGL in software, and says why', async () => {
    const { device } = await inNewPage(browser, {}, ({ page }) => page.evaluate(() => window.page.start({})))
    expect(device).toMatchObject({ name: 'wasm', runtime: 'compiled', backend: 'onnxruntime-web' })
    const why = (name: string) => `(${name} adapter is software (SwiftShader): WASM is faster)`
    expect(device!.reason).toBe(
      "'wasm' with onnxruntime-web is the fastest that works here; tried before: " +
        `onnxruntime-web ${why('WebGPU')}; @tensorflow/tfjs-backend-webgpu ${why('WebGPU')}; ` +
        `@tensorflow/tfjs-backend-webgl ${why('WebGL')}`,
    )
  })

  it('passes over them for the eager runtime too', async () => {
    const { device } = await inNewPage(browser, {}, ({ page }) => page.evaluate(() => window.page.start({ runtime: 'eager' }))) // prettier-ignore
    expect(device).toMatchObject({ name: 'wasm', runtime: 'eager' })
  })

  it('asks for the adapters once per page', async () => {
    const asked = await inNewPage(browser, {}, ({ page }) => page.evaluate(() => window.page.questions()))
    expect(asked).toEqual({ adapters: 1, contexts: 1 })
  })

  it('uses WebGL in software when it is asked for', async () => {
    const { device } = await inNewPage(browser, {}, ({ page }) =>
      page.evaluate(() => window.page.start({ device: 'webgl' })),
    )
    expect(device).toMatchObject({ name: 'webgl', reason: expect.stringMatching(/^device 'webgl' was requested/) })
  })

  const compiled = { device: 'wasm', runtime: 'compiled' } as const
  const withProcessors = (count: number) => async (page: Page) => {
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setHardwareConcurrencyOverride', { hardwareConcurrency: count })
  }
  const threads = (headers: Record<string, string>, processors: number, settings: { numThreads?: number }) =>
    inNewPage(
      browser,
      headers,
      async ({ page }) => {
        const started = await page.evaluate(([options, settings]) => window.page.start(options, undefined, settings), [
          compiled,
          settings,
        ] as const)
        return started.threads
      },
      withProcessors(processors),
    )

  it.each([
    ['both of two processors', isolation, 2, {}, 2],
    ['half of eight, as ONNX Runtime chooses', isolation, 8, {}, 4],
    ['the number that the page has set', isolation, 2, { numThreads: 1 }, 1],
    ['one, on a page that is not isolated', {}, 2, {}, 1],
  ])('uses as many threads as %s', async (_, headers, processors, settings, expected) => {
    expect(await threads(headers as Record<string, string>, processors, settings)).toBe(expected)
  })

  it.each([{}, compiled])('refuses env.wasm.proxy by name (%j)', async (options) => {
    const error = await inNewPage(browser, {}, ({ page }) =>
      page.evaluate((options) => window.page.start(options, undefined, { proxy: true }), options),
    )
    expect(error).toMatchObject({
      code: 'DEPENDENCY_UNSUPPORTED',
      message: expect.stringMatching(/^onnxruntime-web's env\.wasm\.proxy: expected false; got true\./),
    })
  })
})
