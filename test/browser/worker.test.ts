/** Models from the built package in workers of real Chromium: every method, every image type, and workers that do not start. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { largestDifference } from '../ops/compare'
import { builtPage } from './build-page'
import { describeInChromium } from './chromium'
import { serveFiles, type FileServer } from './file-server'
import { usePage } from './in-page'

const golden = JSON.parse(readFileSync('examples/golden/golden.json', 'utf8')) as {
  images: string[]
  texts: string[]
  image_features: number[][]
  text_features: number[][]
}

describeInChromium('a model in a worker of the browser', () => {
  const here = usePage()

  const runtimes = [
    { device: 'wasm', runtime: 'compiled' },
    { device: 'wasm', runtime: 'eager' },
  ] as const
  it.each(runtimes)('gives the bytes of a model on the page, on $device, $runtime', async (options) => {
    const { device, different, stillThere } = await here.page.evaluate(
      (options) => window.page.differencesInWorker('/golden/golden.pt', options, '/photos/rocket.jpg'),
      options,
    )
    expect(different).toEqual([])
    expect(stillThere.every((side) => side > 0)).toBe(true)
    expect(device).toMatchObject({ name: options.device, runtime: options.runtime, workers: 1 })
  })

  it('computes on WebGPU', async () => {
    const result = await here.page.evaluate(
      ([options, texts]) => window.page.embed('/golden/golden.pt', options, ['/photos/rocket.jpg'], texts),
      [{ device: 'webgpu', runtime: 'eager', worker: true }, golden.texts.slice(0, 2)] as const,
    )
    expect(result.device).toMatchObject({ name: 'webgpu', workers: 1 })
    const rocket = golden.images.indexOf('rocket.jpg')
    expect(largestDifference(result.images, golden.image_features[rocket]!)).toBeLessThan(1e-5)
    expect(largestDifference(result.texts, golden.text_features.slice(0, 2).flat())).toBeLessThan(1e-5)
  })

  it("names a worker's file that does not load, and says what to do", async () => {
    const failure = await here.page.evaluate(() =>
      window.page.failureInWorker('/golden/golden.pt', './no-such-worker.js'),
    )
    expect(failure).toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringMatching(
        /could not be started: its file did not load.*build dreamlip\/worker as a separate entry point/,
      ),
    })
  })
})

describeInChromium('a page that forbids workers by its Content-Security-Policy', () => {
  const here = usePage()
  let server: FileServer
  beforeAll(async () => {
    const policy = { 'Content-Security-Policy': "worker-src 'none'" }
    server = await serveFiles({ page: builtPage, golden: 'examples/golden' }, policy)
    await here.page.goto(`${server.url}/page/index.html`)
    await here.page.waitForFunction(() => 'page' in window)
  })
  afterAll(() => server?.close())

  it('is named in the error', async () => {
    const failure = await here.page.evaluate(() => window.page.failureInWorker('/golden/golden.pt', true))
    expect(failure).toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringMatching(/Content-Security-Policy.*worker-src/),
    })
  })
})
