/** Scores of images and texts, two-stage search and heat maps of FLAIR models; and the same methods for other families. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { profile } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, safetensorsBlob, type OpenCLIPConfig, type RuntimeOptions } from '../../../src/index'
import { parseConfig } from '../../../src/models/config/config'
import golden from '../../fixtures/models/flair.json'
import { pattern, patternWeights } from '../../models/pattern'
import { largestDifference } from '../../ops/compare'

const runtimes: readonly RuntimeOptions[] = [
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'eager' },
  { device: 'wasm', runtime: 'eager' },
]

/** A FLAIR file from its authors' training: no config, the prefix of data parallelism. */
const weights = patternWeights(parseConfig({ ...golden.config, family: 'flair' }))
const file = safetensorsBlob(
  new Map([...weights].map(([name, value]) => [`module.${name}`, { ...value, dtype: 'float32' }])),
)
const pixelValues = Float32Array.from(pattern(1000, [2, 3, 24, 24]), (value) => 2 * value)
const pixels = { pixels: pixelValues, shape: [2, 3, 24, 24] as const }
const { tokens } = golden

describe.each(runtimes)('a FLAIR model on %j', (runtime) => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.load(file, { ...runtime, config: golden.config })
  })
  afterAll(() => model.dispose())

  it('embeds as PyTorch does', async () => {
    const image = await model.encodeImage(pixels, { normalize: false })
    const text = await model.encodeText({ tokens }, { normalize: false })
    const { patches } = await model.encodePatches(pixels, { project: true, normalize: false })
    expect(patches.shape).toEqual(golden.patches.shape)
    expect(largestDifference(image.data, golden.image.data)).toBeLessThanOrEqual(1e-5)
    expect(largestDifference(text.data, golden.text.data)).toBeLessThanOrEqual(1e-5)
    expect(largestDifference(patches.data, golden.patches.data)).toBeLessThanOrEqual(1e-5)
  })

  it('scores all pairs as PyTorch does, in batches of any size', async () => {
    for (const batchSize of [1, 2, 8]) {
      const scores = await model.match(pixels, { tokens }, { batchSize })
      expect(scores.shape).toEqual([2, 3])
      expect(largestDifference(scores.data, golden.logits.data)).toBeLessThanOrEqual(1e-5)
    }
  })
})

describe('a FLAIR file', () => {
  it('is recognised by its names, without guessing anything', async () => {
    const config = {
      embed_dim: 16,
      vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
      text_cfg: { context_length: 8, vocab_size: 49408, width: 64, heads: 1, layers: 1 },
    }
    const parsed = parseConfig({ ...config, family: 'flair' })
    const named = [...patternWeights(parsed)].map(([name, value]) => [name, { ...value, dtype: 'float32' }] as const)
    const warnings: string[] = []
    const model = await DreamLIP.load(safetensorsBlob(new Map(named)), { onWarning: (text) => warnings.push(text) })
    expect(model.config).toEqual(parsed)
    expect(warnings).toEqual([])
    expect(model.assumptions).toEqual([])
    model.dispose()
  })

  it('keeps its family, names and weights when it is saved and loaded', async () => {
    const model = await DreamLIP.load(file, { config: golden.config })
    const again = await DreamLIP.load(await model.toBlob())
    expect(again.config).toEqual(model.config)
    expect(again.config.family).toBe('flair')
    expect([...again.parameters.keys()].sort()).toEqual([...golden.names].sort())
    for (const [name, { data }] of model.parameters) expect(again.parameters.get(name)!.data).toEqual(data)
    model.dispose()
    again.dispose()
  })

  it('is not loaded from the weights of a CLIP model', async () => {
    const clip = await DreamLIP.create(golden.config)
    const saved = await clip.toBlob()
    clip.dispose()
    const loading = DreamLIP.load(saved, { config: { ...golden.config, family: 'flair' } })
    await expect(loading).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
    await expect(loading).rejects.toThrow(/missing: .*visual_proj|missing: .*logit_bias/)
  })
})

/** Small models with the whole vocabulary. */
const tiny: OpenCLIPConfig = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
}
const picture = (seed: number, [width, height] = [16, 16]) => ({
  data: Uint8Array.from(pattern(seed, [height!, width!, 3]), (value) => 127.5 + 127.5 * value),
  width: width!,
  height: height!,
  channels: 3 as const,
})
const pictures = Array.from({ length: 12 }, (_, i) => picture(i))
const texts = ['a red bus', 'two people cross', 'a cat on a roof']

describe('match and rank', () => {
  let flair: DreamLIP, clip: DreamLIP
  beforeAll(async () => {
    flair = await DreamLIP.create({ ...tiny, family: 'flair' }, { seed: 5 })
    clip = await DreamLIP.create(tiny, { seed: 5 })
  })
  afterAll(() => {
    flair.dispose()
    clip.dispose()
  })

  it('score more texts than a block holds as they score each on its own', async () => {
    const many = Array.from({ length: 130 }, (_, i) => `number ${i}`)
    const all = await flair.match(pictures.slice(0, 3), many, { batchSize: 2 })
    expect(all.shape).toEqual([3, 130])
    for (const [text, image] of [
      [0, 0],
      [127, 1],
      [128, 2],
      [129, 0],
    ] as const) {
      const [alone] = (await flair.match(pictures[image]!, many[text]!)).data
      expect(all.data[image * 130 + text]).toBeCloseTo(alone!, 4)
    }
  })

  it('keep no more in memory for more images', async () => {
    const eager = await DreamLIP.create({ ...tiny, family: 'flair' }, { device: 'cpu', runtime: 'eager' })
    const peakOf = async (images: typeof pictures, batchSize = 2) =>
      (await profile(async () => (await eager.match(images, texts, { batchSize }), []))).peakBytes
    const few = await peakOf(pictures.slice(0, 2))
    expect(await peakOf(pictures)).toBeLessThanOrEqual(few)
    expect(await peakOf(pictures, 12)).toBeGreaterThan(few)
    eager.dispose()
  })

  it('are scaled cosines for a CLIP model', async () => {
    const { data } = await clip.similarity(pictures, texts)
    const scores = await clip.match(pictures, texts)
    expect(scores.shape).toEqual([12, 3])
    expect(
      largestDifference(
        scores.data,
        data.map((cosine) => cosine * clip.logitScale),
      ),
    ).toBeLessThanOrEqual(1e-5)
    const ranked = await clip.rank(texts[0]!, pictures, { shortlist: 4 })
    const order = pictures.map((_, i) => i).sort((a, b) => data[b * 3]! - data[a * 3]!)
    expect(ranked.map(({ index }) => index)).toEqual(order.slice(0, 4))
    expect(ranked[0]!.score).toBeCloseTo(data[order[0]! * 3]! * clip.logitScale, 4)
  })

  it('agree when the shortlist holds all images', async () => {
    const { data } = await flair.match(pictures, texts)
    for (const [i, text] of texts.entries()) {
      const ranked = await flair.rank(text, pictures)
      expect(ranked).toHaveLength(pictures.length)
      for (const { index, score } of ranked) expect(score).toBeCloseTo(data[index * 3 + i]!, 4)
      expect(ranked.every(({ score }, place) => place === 0 || score <= ranked[place - 1]!.score)).toBe(true)
    }
  })

  it('choose the shortlist by the embeddings', async () => {
    const { data } = await flair.similarity(pictures, [texts[0]!])
    const best = pictures.map((_, i) => i).sort((a, b) => data[b]! - data[a]!)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (shortlist) => {
        const ranked = await flair.rank(texts[0]!, pictures, { shortlist })
        expect(ranked.map(({ index }) => index).sort()).toEqual(best.slice(0, shortlist).sort())
      }),
      { numRuns: 6 },
    )
  })

  it('leave out images that cannot be read, if the caller wants that', async () => {
    const some = [pictures[0]!, new Blob(['no image']), pictures[2]!]
    const scores = await flair.match(some, texts, { onError: 'skip' })
    expect(scores.errors).toMatchObject([{ index: 1 }])
    expect([...scores.data].map(Number.isNaN)).toEqual([...'000111000'].map((digit) => digit === '1'))
    const ranked = await flair.rank(texts[0]!, some, { onError: 'skip' })
    expect(ranked.map(({ index }) => index).sort()).toEqual([0, 2])
    await expect(flair.match(some, texts)).rejects.toMatchObject({ index: 1 })
  })

  it('give the same results in a worker', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-match-'))
    const path = join(folder, 'flair.safetensors')
    await flair.save(path)
    const there = await DreamLIP.load(path, { worker: true })
    const [image] = pictures
    expect((await there.match(pictures, texts)).data).toEqual((await flair.match(pictures, texts)).data)
    expect(await there.rank(texts[1]!, pictures, { shortlist: 3 })).toEqual(
      await flair.rank(texts[1]!, pictures, { shortlist: 3 }),
    )
    expect(await there.ground(image!, texts)).toEqual(await flair.ground(image!, texts))
    await expect(there.rank(texts[1]!, pictures, { shortList: 3 } as object)).rejects.toThrow(/shortlist/)
    there.dispose()
    rmSync(folder, { recursive: true })
  })

  it('give no scores for no images or no texts', async () => {
    expect(await flair.match([], texts)).toMatchObject({ shape: [0, 3] })
    expect(await flair.match(pictures, [])).toMatchObject({ shape: [12, 0] })
    expect(await flair.rank('a cat', [])).toEqual([])
  })
})

describe("ground with FLAIR's pool", () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create({ ...tiny, family: 'flair' }, { seed: 8 })
  })
  afterAll(() => model.dispose())

  it('draws the attention of each phrase, which adds up to at most 1', async () => {
    const maps = await model.ground(picture(3), texts)
    expect(maps.map(({ text, shape }) => [text, shape])).toEqual(texts.map((text) => [text, [16, 16]]))
    for (const { data } of maps) {
      expect(Math.min(...data)).toBeGreaterThanOrEqual(0)
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length
      expect(4 * mean).toBeLessThanOrEqual(1.01) // four patches
      expect(4 * mean).toBeGreaterThan(0.3)
    }
    expect(largestDifference(maps[0]!.data, maps[1]!.data)).toBeGreaterThan(0)
  })

  it('covers an image of another shape', async () => {
    const [map] = await model.ground(picture(4, [40, 16]), ['a red bus'])
    expect(map!.shape).toEqual([16, 40])
    expect([...map!.data].every((value) => value >= 0 && value <= 1)).toBe(true)
  })
})
