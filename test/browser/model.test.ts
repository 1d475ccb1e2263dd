/** The built package in real Chromium: a checkpoint over HTTP ranges, embeddings on every device, compared to Node and PyTorch. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { createModel, DreamLIP, parseConfig, savePyTorch, saveSafetensors } from '../../src/index.node.ts'
import flair from '../fixtures/models/flair.json'
import { pattern, patternWeights } from '../models/pattern'
import { tinySiglip } from '../models/siglip/tiny'
import { largestDifference } from '../ops/compare'
import { describeInChromium } from './chromium'
import { madeFiles, usePage } from './in-page'

const { images, texts, image_features, text_features } = JSON.parse(
  readFileSync('examples/golden/golden.json', 'utf8'),
) as { images: string[]; texts: string[]; image_features: number[][]; text_features: number[][] }

const runtimes = [
  { device: 'webgpu', runtime: 'eager' },
  { device: 'webgpu', runtime: 'compiled' },
  { device: 'wasm', runtime: 'eager' },
  { device: 'wasm', runtime: 'compiled' },
  { device: 'cpu', runtime: 'eager' },
] as const

describeInChromium('a model in the browser', () => {
  const here = usePage()
  const inNode = {} as { images: Float32Array; texts: Float32Array }

  beforeAll(async () => {
    const model = await DreamLIP.load('examples/golden/golden.pt', { device: 'wasm' })
    inNode.images = (await model.encodeImage(images.map((name) => `examples/photos/${name}`))).data
    inNode.texts = (await model.encodeText(texts)).data
    model.dispose()
  })

  it.each(runtimes)('selfCheck finds that $device, $runtime, agrees with another backend', async (options) => {
    const found = await here.page.evaluate((options) => window.page.check('/golden/golden.pt', options), options)
    expect(found).toMatchObject({ ok: true, device: { name: options.device }, reference: { runtime: 'eager' } })
    expect(found.reference.backend).not.toBe(found.device.backend)
    for (const { cosine } of [found.image, found.text]) expect(cosine).toBeGreaterThan(0.999999)
  })

  it.each(runtimes)('embeds photographs and captions on $device, $runtime, as Node does', async (options) => {
    const urls = images.map((name) => `/photos/${name}`)
    const result = await here.page.evaluate(
      ([options, urls, texts]) => window.page.embed('/golden/golden.pt', options, urls, texts),
      [options, urls, texts] as const,
    )
    expect(result.device).toMatchObject({ name: options.device, runtime: options.runtime })
    expect(largestDifference(result.images, inNode.images)).toBeLessThan(1e-5)
    expect(largestDifference(result.texts, inNode.texts)).toBeLessThan(1e-5)
    expect(largestDifference(result.images, image_features.flat())).toBeLessThan(1e-5)
    expect(largestDifference(result.texts, text_features.flat())).toBeLessThan(1e-5)
    expect(result.tensorsLeft).toBe(0)
  })

  beforeAll(saveFlair)

  it.each(runtimes)(
    'scores images through texts on $device, $runtime, as FLAIR does in PyTorch',
    async (options) => {
      const pixels = Array.from(pattern(1000, [2, 3, 24, 24]), (value) => 2 * value)
      const result = await here.page.evaluate(
        ([options, pixels, tokens]) => window.page.match('/made/flair.safetensors', options, pixels, tokens),
        [{ ...options, config: flair.config }, pixels, flair.tokens] as const,
      )
      expect(result.device).toMatchObject({ name: options.device, runtime: options.runtime })
      expect(result.shape).toEqual(flair.logits.shape)
      expect(largestDifference(result.scores, flair.logits.data)).toBeLessThan(1e-5)
    },
    120_000,
  )

  // test/models/siglip compares Node's results with those of transformers and open_clip.
  it.each(runtimes)(
    'computes both towers of SigLIP, and inner patches, on $device, $runtime, as Node does',
    async (options) => {
      const pixels = Array.from(pattern(1000, [2, 3, 16, 16]), (value) => 2 * value)
      const tokens = [
        [3, 9, 30, 2],
        [4, 8, 15, 16, 23, 11, 3, 3, 39],
      ]
      const expected = await towersInNode(pixels, tokens)
      const { outputs, device } = await here.page.evaluate(
        ([options, pixels, tokens]) => window.page.towers('/made/siglip.safetensors', options, pixels, tokens),
        [options, pixels, tokens] as const,
      )
      expect(device).toMatchObject({ name: options.device, runtime: options.runtime })
      for (const name of ['images', 'texts', 'scores', 'patches'] as const) {
        expect(outputs[name].length, name).toBe(expected[name].length)
        expect(largestDifference(outputs[name], expected[name]), name).toBeLessThan(1e-5)
      }
    },
  )

  it('reads only the weights of a training checkpoint, through range requests', async () => {
    const { weights, file } = await saveTraining()
    const before = here.server.requests.length
    await here.page.evaluate(() =>
      window.page.embed('/made/training.pt', { device: 'wasm' }, ['/photos/rocket.jpg'], ['a rocket']),
    )
    const requests = here.server.requests.slice(before).filter(({ path }) => path === '/made/training.pt')
    for (const { range, status } of requests) expect([range, status]).toEqual([expect.any(String), 206])
    const bytes = requests.reduce((sum, request) => sum + request.bytes, 0)
    expect(statSync(file).size).toBeGreaterThan(3 * weights)
    expect(bytes).toBeGreaterThan(weights)
    // Each request may read up to 64 KiB more than a tensor needs: a lot for this small model, but 2 % of a ViT-B/16.
    expect(bytes).toBeLessThan(weights + requests.length * 64 * 1024)
    expect(bytes).toBeLessThan(1.2 * weights)
  })

  const stored = (['float16', 'int8', 'int4'] as const).flatMap((dtype) => [
    { dtype, device: 'wasm', runtime: 'compiled' } as const,
    { dtype, device: 'webgpu', runtime: 'compiled' } as const,
  ])
  it.each(stored)('embeds with weights stored as $dtype on $device, $runtime', async (options) => {
    const urls = images.map((name) => `/photos/${name}`)
    const result = await here.page.evaluate(
      ([options, urls, texts]) => window.page.embed('/golden/golden.pt', options, urls, texts),
      [options, urls, texts] as const,
    )
    const bound = { float16: 0.9999, int8: 0.99, int4: 0.9 }[options.dtype]
    expect(leastCosine(result.images, image_features)).toBeGreaterThan(bound)
    expect(leastCosine(result.texts, text_features)).toBeGreaterThan(bound)
  })

  it.each([
    { dtype: 'int4', device: 'wasm', runtime: 'compiled' },
    { dtype: 'int4', device: 'webgpu', runtime: 'compiled' },
  ] as const)('computes with 4-bit integers on $device as Node does', async (options) => {
    const model = await DreamLIP.load('examples/golden/golden.pt', { device: 'cpu', dtype: 'int4' })
    const paths = images.map((name) => `examples/photos/${name}`)
    const [expectedImages, expectedTexts] = [await model.encodeImage(paths), await model.encodeText(texts)]
    model.dispose()
    const result = await here.page.evaluate(
      ([options, urls, texts]) => window.page.embed('/golden/golden.pt', options, urls, texts),
      [options, images.map((name) => `/photos/${name}`), texts] as const,
    )
    expect(largestDifference(result.images, expectedImages.data)).toBeLessThan(1e-5)
    expect(largestDifference(result.texts, expectedTexts.data)).toBeLessThan(1e-5)
  })

  const goldens = ['mini', 'mini-quickgelu'].flatMap((name) => runtimes.map((options) => ({ name, ...options })))
  it.each(goldens)("gives PyTorch's features of $name on $device, $runtime", async ({ name, ...options }) => {
    const differences = await here.page.evaluate(
      ([name, options]) => window.page.differences(`/models/${name}.pt`, `/models/${name}.json`, options),
      [name, options] as const,
    )
    expect(Object.keys(differences)).toHaveLength(5)
    for (const [output, difference] of Object.entries(differences)) expect(difference, output).toBeLessThan(1e-5)
  })
})

/** The cosines between rows of unit length and the expected rows. */
function leastCosine(values: readonly number[], expected: readonly (readonly number[])[]): number {
  const cosines = expected.map((row, i) => {
    return row.reduce((sum, value, j) => sum + value * values[i * row.length + j]!, 0)
  })
  return Math.min(...cosines)
}

/** The FLAIR model of test/parity/flair.py. */
async function saveFlair() {
  const weights = patternWeights(parseConfig({ ...flair.config, family: 'flair' }))
  const tensors = [...weights].map(([name, values]) => [name, { ...values, dtype: 'float32' }] as const)
  await saveSafetensors(join(madeFiles, 'flair.safetensors'), new Map(tensors))
}

/** Saves a SigLIP model with random weights, and returns Node's results for it. */
async function towersInNode(pixels: readonly number[], tokens: readonly number[][]) {
  await using model = await DreamLIP.create(tinySiglip, { seed: 4, device: 'cpu', runtime: 'compiled' })
  await model.save(join(madeFiles, 'siglip.safetensors'))
  const images = { pixels: Float32Array.from(pixels), shape: [2, 3, 16, 16] as const }
  return {
    images: (await model.encodeImage(images)).data,
    texts: (await model.encodeText({ tokens })).data,
    scores: (await model.match(images, { tokens })).data,
    patches: (await model.encodePatches(images, { layer: -2 })).patches.data,
  }
}

/** A checkpoint in the trainers' layout, with optimizer state twice the size of the weights. */
async function saveTraining() {
  const { parameters } = createModel(
    {
      embed_dim: 32,
      vision_cfg: { image_size: 64, layers: 2, width: 64, patch_size: 16 },
      text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 2, layers: 2 },
    },
    { seed: 1 },
  )
  const tensors = [...parameters].map(([name, values]) => [name, { ...values, dtype: 'float32' }] as const)
  const moments = tensors.map(([, { data, shape, dtype }], i) => {
    return [
      i,
      { exp_avg: { data: data.slice(), shape, dtype }, exp_avg_sq: { data: data.slice(), shape, dtype } },
    ] as const
  })
  const file = join(madeFiles, 'training.pt')
  await savePyTorch(file, {
    epoch: 1,
    name: 'made',
    state_dict: new Map(tensors.map(([name, tensor]) => [`module.${name}`, tensor])),
    optimizer: { state: new Map(moments), param_groups: [] },
  })
  return { file, weights: tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0) }
}
