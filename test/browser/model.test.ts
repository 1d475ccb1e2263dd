/** The built package in real Chromium: a checkpoint over HTTP ranges, embeddings on every device, Node's and PyTorch's numbers. */
import { readFileSync, statSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import type { Golden } from '../models/golden'
import { largestDifference } from '../ops/compare'
import { describeInChromium } from './chromium'
import { usePage } from './in-page'

const { images, texts, image_features, text_features } = JSON.parse(
  readFileSync('examples/golden/golden.json', 'utf8'),
) as { images: string[]; texts: string[]; image_features: number[][]; text_features: number[][] }

describeInChromium('a model in the browser', () => {
  const here = usePage()
  const inNode = {} as { images: Float32Array; texts: Float32Array }

  beforeAll(async () => {
    const model = await DreamLIP.load('examples/golden/golden.pt', { device: 'wasm' })
    inNode.images = (await model.encodeImage(images.map((name) => `examples/photos/${name}`))).data
    inNode.texts = (await model.encodeText(texts)).data
    model.dispose()
  })

  it.each(['webgpu', 'wasm', 'cpu'] as const)('embeds photographs and captions on %s as Node does', async (device) => {
    const urls = images.map((name) => `/photos/${name}`)
    const result = await here.page.evaluate(
      ([device, urls, texts]) => window.page.embed('/golden/golden.pt', device, urls, texts),
      [device, urls, texts] as const,
    )
    expect(result.device.name).toBe(device)
    expect(largestDifference(result.images, inNode.images)).toBeLessThan(1e-5)
    expect(largestDifference(result.texts, inNode.texts)).toBeLessThan(1e-5)
    expect(largestDifference(result.images, image_features.flat())).toBeLessThan(1e-5)
    expect(largestDifference(result.texts, text_features.flat())).toBeLessThan(1e-5)
    expect(result.tensorsLeft).toBe(0)
  })

  it('reads a checkpoint through range requests', async () => {
    const before = here.server.requests.length
    await here.page.evaluate(() => window.page.embed('/golden/golden.pt', 'wasm', ['/photos/rocket.jpg'], ['a rocket']))
    const requests = here.server.requests.slice(before).filter(({ path }) => path === '/golden/golden.pt')
    for (const { range, status } of requests) expect([range, status]).toEqual([expect.any(String), 206])
    const bytes = requests.reduce((sum, request) => sum + request.bytes, 0)
    const { size } = statSync('examples/golden/golden.pt')
    expect(bytes).toBeGreaterThan(0.9 * size)
    expect(bytes).toBeLessThan(size + 8 * 64 * 1024) // small neighbours are read in blocks of 64 KiB
  })

  const goldens = ['mini', 'mini-quickgelu'].flatMap((name) =>
    (['webgpu', 'wasm', 'cpu'] as const).map((device) => ({ name, device })),
  )
  it.each(goldens)("gives PyTorch's features of $name on $device", async ({ name, device }) => {
    const golden = JSON.parse(readFileSync(`test/fixtures/models/${name}.json`, 'utf8')) as Golden
    const features = await here.page.evaluate(
      async ([name, device]) => {
        const inputs = await (await fetch(`/models/${name}.json`)).json()
        return window.page.features(`/models/${name}.pt`, device, inputs)
      },
      [name, device] as const,
    )
    expect(Object.keys(features)).toHaveLength(5)
    for (const [output, values] of Object.entries(features)) {
      const expected = golden[output as 'image_features'].data
      expect(values, output).toHaveLength(expected.length)
      expect(largestDifference(values, expected), output).toBeLessThan(1e-5)
    }
  })
})
