/** Projected patches, other image sizes, maps, segmentations and probabilities against PyTorch's (test/parity/dense.py). */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, type DenseAttention, type OpenCLIPConfig, type RuntimeOptions } from '../../src/index'
import { pattern } from '../models/pattern'
import { largestDifference } from '../ops/compare'
import goldens from '../fixtures/inference/dense.json'

const runtimes: readonly RuntimeOptions[] = [
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'eager' },
  { device: 'wasm', runtime: 'eager' },
]
const mini = JSON.parse(readFileSync('test/fixtures/models/mini.json', 'utf8')) as {
  config: OpenCLIPConfig
  pixels: { data: number[] }
}
const loadMini = (options: RuntimeOptions, imageSize?: number) =>
  DreamLIP.load('test/fixtures/models/mini.pt', { ...options, config: mini.config, imageSize })

describe.each(runtimes)('on %j', (runtime) => {
  describe('projected patches', () => {
    it.each(goldens.projected)('have the values of PyTorch with $attention attention', async (golden) => {
      const model = await loadMini(runtime)
      const pixels = {
        pixels: Float32Array.from(mini.pixels.data).subarray(0, 3 * 32 * 32),
        shape: [1, 3, 32, 32] as const,
      }
      const { patches } = await model.encodePatches(pixels, { project: true, attention: attentionOf(golden) })
      model.dispose()
      expect(patches.shape).toEqual([1, 16, 24])
      expectClose(patches.data, golden.patches)
    })
  })

  describe('a model loaded for images of another size', () => {
    it.each(goldens.resized)('gives the features of PyTorch at $imageSize pixels', async (golden) => {
      const { imageSize: size, stream } = golden
      const model = await loadMini(runtime, size)
      const shape = [1, 3, size, size] as const
      const pixels = { pixels: Float32Array.from(pattern(stream, shape), (value) => 2 * value), shape }
      const image = await model.encodeImage(pixels, { normalize: false })
      const { patches } = await model.encodePatches(pixels, { project: true })
      model.dispose()
      expectClose(image.data, golden.image)
      expect(patches.shape).toEqual([1, (size / 8) ** 2, 24])
      expectClose(patches.data, golden.patches)
    })
  })

  describe('a model with the whole vocabulary', () => {
    let model: DreamLIP
    beforeAll(async () => {
      model = await DreamLIP.load('examples/golden/golden.pt', runtime)
    })
    afterAll(() => model.dispose())

    it.each(goldens.ground)('draws the heat maps of PyTorch with $attention attention', async (golden) => {
      const maps = await model.ground(pictureOf(golden), `${golden.phrases.join('. ')}.`, {
        attention: attentionOf(golden),
      })
      expect(maps.map(({ text }) => text)).toEqual(golden.phrases)
      maps.forEach(({ data, shape }, i) => {
        expect(shape).toEqual(golden.shape)
        expectClose(data, golden.maps[i]!)
      })
    })

    it.each(goldens.segment)('segments as PyTorch with $attention attention', async (golden) => {
      const { labels } = golden
      const found = await model.segment(pictureOf(golden), labels, { attention: attentionOf(golden) })
      expect(found).toMatchObject({ labels, shape: golden.shape })
      expect([...found.data]).toEqual(golden.data)
      // A softmax of 40 · cosine: it multiplies float32's errors by 40.
      expectClose(found.confidence, golden.confidence, 1e-4)
    })

    it.each(goldens.classify)('classifies with the probabilities of PyTorch under $templates', async (golden) => {
      const { images, labels, templates, scores } = golden
      const found = await model.classify(
        images.map((name) => `examples/photos/${name}`),
        labels,
        { templates },
      )
      expect(found).toHaveLength(images.length)
      found.forEach((ranking, i) => {
        const expected = labels.map((label, j) => ({ label, score: scores[i * labels.length + j]! }))
        expected.sort((a, b) => b.score - a.score)
        expect(ranking.map(({ label }) => label)).toEqual(expected.map(({ label }) => label))
        expectClose(
          ranking.map(({ score }) => score),
          expected.map(({ score }) => score),
        )
      })
    })
  })
})

function attentionOf({ attention }: { readonly attention: string }): DenseAttention {
  return attention as DenseAttention
}

/** A small noise picture that both sides compute. */
function pictureOf({ stream, shape }: { readonly stream: number; readonly shape: readonly number[] }) {
  const [height, width] = shape as [number, number]
  const data = Uint8Array.from(pattern(stream, [height, width, 3]), (value) => Math.floor((value + 1) * 128))
  return { data, width, height, channels: 3 as const }
}

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void {
  expect(found).toHaveLength(expected.length)
  expect(largestDifference(found, expected)).toBeLessThan(tolerance)
}
