import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, it } from 'vitest'
import { buildZeroShotClassifier, cosineSimilarity, DreamLIP, type Embeddings, type OpenCLIPConfig } from '../src/index'

const golden = JSON.parse(readFileSync('examples/golden/golden.json', 'utf8')) as {
  images: string[]
  texts: string[]
  tokens: number[][]
  image_features: number[][]
  text_features: number[][]
  logit_scale: number
}
const photos = golden.images.map((name) => `examples/photos/${name}`)
const cat = photos[0]!
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
afterAll(() => rmSync(folder, { recursive: true }))

const tiny: OpenCLIPConfig = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 2, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 2 },
}
const pixel = { data: new Uint8Array(3 * 16 * 16).fill(90), width: 16, height: 16, channels: 3 as const }

const model = await DreamLIP.load('examples/golden/golden.pt')
afterAll(() => model.dispose())

function largestDifference(actual: Embeddings, expected: number[][]): number {
  const values = expected.flat()
  expect(actual.data.length).toBe(values.length)
  return values.reduce((largest, value, i) => Math.max(largest, Math.abs(value - actual.data[i]!)), 0)
}

describe('load', () => {
  it('knows its config, device, scale and parameters', () => {
    expect(model.config).toMatchObject({ embedDim: 32, vision: { imageSize: 224, patchSize: 16, width: 64 } })
    expect(model.device).toMatchObject({ name: 'cpu', runtime: 'compiled', backend: 'onnxruntime-node' })
    expect(model.device.reason).toMatch(/fastest that works here; tried before: onnxruntime-node \(its CUDA/)
    expect(model.logitScale).toBeCloseTo(golden.logit_scale, 4)
    const weight = model.parameters.get('visual.transformer.resblocks.0.attn.in_proj_weight')!
    expect(weight).toMatchObject({ shape: [192, 64], dtype: 'float32' })
    expect(weight.data.length).toBe(192 * 64)
  })

  it('reports how far it has come, in bytes of weights', async () => {
    const steps: { stage: string; done: number; total: number }[] = []
    const loaded = await DreamLIP.load('examples/golden/golden.pt', { onProgress: (step) => steps.push(step) })
    loaded.dispose()
    expect(steps.every(({ stage }) => stage === 'load')).toBe(true)
    expect(steps.at(-1)!.done).toBe(steps.at(-1)!.total)
    expect(steps.every(({ done }, i) => i === 0 || done > steps[i - 1]!.done)).toBe(true)
  })

  it('stops when it is aborted, and frees what it had loaded', async () => {
    const before = memory().numTensors
    const controller = new AbortController()
    const loading = DreamLIP.load('examples/golden/golden.pt', {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
    expect(memory().numTensors).toBe(before)
  })

  it('counts the tensors that do not fit the config, and names the first of each kind', async () => {
    await expect(DreamLIP.load('examples/golden/golden.pt', { config: 'ViT-B-16' })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      message: expect.stringMatching(
        /missing: .*resblocks\.\d+.* and \d+ more\. .*of another shape: .*visual\.conv1\.weight/s,
      ),
    })
  })

  it.each([
    [{ device: 'gpu' as 'cpu' }, 'INVALID_ARGUMENT', /auto, webgpu/],
    [{ device: 'cuda' as const }, 'DEVICE_UNAVAILABLE', /install @tensorflow\/tfjs-node-gpu/i],
    [{ device: 'webgl' as const }, 'DEVICE_UNAVAILABLE', /this platform has cuda \(compiled\)/],
    [{ dtype: 'int2' as 'float32' }, 'INVALID_ARGUMENT', /dtype/],
    [{ imageSize: 3 }, 'INVALID_ARGUMENT', /imageSize/],
  ])('refuses %j', async (options, code, message) => {
    const loading = DreamLIP.load('examples/golden/golden.pt', options)
    await expect(loading).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('resizes position embeddings to another image size', async () => {
    const larger = await DreamLIP.load('examples/golden/golden.pt', { imageSize: 240 })
    const { patches } = await larger.encodePatches(cat)
    larger.dispose()
    expect(patches.shape).toEqual([1, 225, 64])
  })
})

describe('create', () => {
  it('gives the same weights for the same seed', async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => DreamLIP.create(tiny, { seed })))
    const [x, y, z] = [a!, b!, c!].map((m) => m.parameters.get('visual.proj')!.data)
    expect(x).toEqual(y)
    expect(x).not.toEqual(z)
    ;[a!, b!, c!].forEach((m) => m.dispose())
  })
})

describe('encodeImage', () => {
  it('gives PyTorch’s embeddings of photographs to 1e-5', async () => {
    const embeddings = await model.encodeImage(photos)
    expect(embeddings.shape).toEqual([3, 32])
    expect(largestDifference(embeddings, golden.image_features)).toBeLessThan(1e-5)
  })

  it('gives the same for any batch size and kind of input', async () => {
    const expected = await model.encodeImage(photos, { batchSize: 3 })
    const bytes = photos.map((path) => readFileSync(path))
    const kinds = [new Blob([bytes[0]!]), bytes[1]!, new URL(`../${photos[2]}`, import.meta.url)]
    const one = await model.encodeImage(kinds, { batchSize: 1 })
    one.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i]!, 6))
  })

  it('takes prepared pixels and refuses those of another size', async () => {
    const pixels = new Float32Array(2 * 3 * 224 * 224)
    const { shape } = await model.encodeImage({ pixels, shape: [2, 3, 224, 224] })
    expect(shape).toEqual([2, 32])
    const wrong = model.encodeImage({ pixels, shape: [2, 3, 112, 448] })
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('accepts an empty list of images', async () => {
    expect((await model.encodeImage([])).shape).toEqual([0, 32])
  })

  it('leaves embeddings unscaled on request', async () => {
    const raw = await model.encodeImage(cat, { normalize: false })
    const unit = await model.encodeImage(cat)
    const length = Math.hypot(...raw.data)
    expect(Math.hypot(...unit.data)).toBeCloseTo(1, 5)
    expect(raw.data[0]! / length).toBeCloseTo(unit.data[0]!, 5)
  })

  it('reports progress and stops when aborted', async () => {
    const controller = new AbortController()
    const done: number[] = []
    const encoding = model.encodeImage([...photos, ...photos], {
      batchSize: 2,
      signal: controller.signal,
      onProgress: (progress) => {
        done.push(progress.done)
        if (progress.done === 4) controller.abort()
      },
    })
    await expect(encoding).rejects.toMatchObject({ name: 'AbortError' })
    expect(done).toEqual([2, 4])
  })

  it('names an image that does not exist', async () => {
    const encoding = model.encodeImage([cat, 'missing.jpg'])
    await expect(encoding).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching('missing.jpg'),
    })
  })

  it.each([0, -1, 1.5, NaN])('refuses a batch size of %d', async (batchSize) => {
    await expect(model.encodeImage(cat, { batchSize })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('encodeText', () => {
  it('gives PyTorch’s embeddings to 1e-5, whatever the batches', async () => {
    for (const batchSize of [1, 2, 32]) {
      const embeddings = await model.encodeText(golden.texts, { batchSize })
      expect(largestDifference(embeddings, golden.text_features)).toBeLessThan(1e-5)
      expect(embeddings.truncated).toEqual([])
    }
  })

  it('takes token ids, padded or not', async () => {
    const padded = golden.tokens.map((ids) => [...ids, ...Array<number>(77 - ids.length).fill(0)])
    expect(largestDifference(await model.encodeText({ tokens: padded }), golden.text_features)).toBeLessThan(1e-5)
    expect(largestDifference(await model.encodeText({ tokens: golden.tokens }), golden.text_features)).toBeLessThan(
      1e-5,
    )
  })

  it('says which texts were cut, and how long they were', async () => {
    const long = 'cat '.repeat(100)
    const { truncated, shape } = await model.encodeText(['a cat', long])
    expect(shape).toEqual([2, 32])
    expect(truncated).toEqual([{ index: 1, tokens: 102 }])
  })

  it.each([[[[]]], [[[49_408]]], [[Array<number>(78).fill(1)]]])('refuses the token ids %j', async (tokens) => {
    await expect(model.encodeText({ tokens })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('similarity', () => {
  it('gives cosines of images and texts, or of embeddings', async () => {
    const images = await model.encodeImage(photos)
    const direct = await model.similarity(photos, golden.texts)
    const precomputed = await model.similarity(images, await model.encodeText(golden.texts, { normalize: false }))
    expect(direct.shape).toEqual([3, 5])
    direct.data.forEach((cosine, i) => expect(cosine).toBeCloseTo(precomputed.data[i]!, 5))
  })
})

describe('classify', () => {
  it('gives probabilities, the most likely label first', async () => {
    const [scores] = await model.classify(cat, ['cat', 'dog', 'bus'])
    expect(scores!.map(({ label }) => label).sort()).toEqual(['bus', 'cat', 'dog'])
    expect(scores!.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6)
    expect(scores![0]!.score).toBeGreaterThanOrEqual(scores![1]!.score)
  })

  it('gives the same results with a classifier that was built before', async () => {
    const labels = ['cat', 'dog']
    const templates = ['a photo of a {}.', 'art of the {}.']
    const classifier = await buildZeroShotClassifier(model, labels, { templates })
    const precomputed = await model.classify(photos, classifier, { topK: 1 })
    const direct = await model.classify(photos, labels, { templates, topK: 1 })
    expect(precomputed).toEqual(direct)
    expect(precomputed.map((scores) => scores.length)).toEqual([1, 1, 1])
  })
})

describe('ground', () => {
  it('gives one map per sentence, at the image’s size', async () => {
    const maps = await model.ground(cat, 'A tabby cat. Its eyes are green.')
    expect(maps.map(({ text }) => text)).toEqual(['A tabby cat', 'Its eyes are green'])
    for (const { data, shape } of maps) {
      expect(shape).toEqual([300, 451])
      expect(data.length).toBe(300 * 451)
      expect(data.every((cosine) => cosine >= -1 && cosine <= 1)).toBe(true)
    }
  })

  it('uses phrases as they are, and another last-block attention on request', async () => {
    const attentions = ['standard', 'value', 'correlative'] as const
    const maps = await Promise.all(
      attentions.map((attention) => model.ground(cat, ['the cat. the hat'], { attention })),
    )
    expect(maps.map(([map]) => map!.text)).toEqual(Array(3).fill('the cat. the hat'))
    expect(new Set(maps.map(([map]) => map!.data[1000])).size).toBe(3)
  })

  it('refuses a text without words', async () => {
    await expect(model.ground(cat, ' . \n')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('segment', () => {
  it('gives each pixel its most likely label', async () => {
    const { labels, data, confidence, shape } = await model.segment(cat, ['cat', 'wall', 'grass'])
    expect(labels).toEqual(['cat', 'wall', 'grass'])
    expect(shape).toEqual([300, 451])
    expect(data.every((label) => label < 3)).toBe(true)
    expect(confidence.every((value) => value > 1 / 3 - 1e-6 && value <= 1)).toBe(true)
  })
})

describe('encodePatches', () => {
  it('gives patch tokens as the reference does, or projected with unit length', async () => {
    const raw = await model.encodePatches(cat)
    expect(raw.patches.shape).toEqual([1, 196, 64])
    const projected = await model.encodePatches(cat, { project: true })
    expect(projected.patches.shape).toEqual([1, 196, 32])
    expect(Math.hypot(...projected.patches.data.subarray(0, 32))).toBeCloseTo(1, 5)
  })
})

describe('save', () => {
  it.each(['tuned.safetensors', 'tuned.pt'])('writes %s, which remembers config and attention', async (name) => {
    const path = join(folder, name)
    const original = await DreamLIP.create({ ...tiny, quick_gelu: true }, { seed: 5 })
    original.attention = 'value'
    await original.save(path)
    const loaded = await DreamLIP.load(path)
    expect(loaded.config).toEqual(original.config)
    expect(loaded.attention).toBe('value')
    expect((await loaded.encodeImage(pixel)).data).toEqual((await original.encodeImage(pixel)).data)
    loaded.dispose()
    original.dispose()
  })

  it('gives the same file as a Blob', async () => {
    const original = await DreamLIP.create(tiny, { seed: 5 })
    const loaded = await DreamLIP.load(await original.toBlob())
    expect((await loaded.encodeText('x')).data).toEqual((await original.encodeText('x')).data)
    loaded.dispose()
    original.dispose()
  })

  it.each(['half.safetensors', 'half.pt'])('rounds weights to half the size in %s on request', async (name) => {
    const [whole, half] = [join(folder, `whole-${name}`), join(folder, name)]
    const original = await DreamLIP.create(tiny, { seed: 5 })
    await original.save(whole)
    await original.save(half, { dtype: 'float16' })
    expect(statSync(half).size).toBeLessThan(0.55 * statSync(whole).size)
    const [loaded, held] = [await DreamLIP.load(half), await DreamLIP.load(whole, { dtype: 'float16' })]
    const matrix = 'visual.proj'
    expect(loaded.parameters.get(matrix)!.data).toEqual(held.parameters.get(matrix)!.data)
    expect(loaded.parameters.get(matrix)!.data).not.toEqual(original.parameters.get(matrix)!.data)
    expect(loaded.logitScale).toBe(original.logitScale)
    const [ours, theirs] = await Promise.all([original, loaded].map((each) => each.encodeText('a red bus')))
    expect(cosineSimilarity(ours!, theirs!).data[0]).toBeGreaterThan(0.99999)
    ;[original, loaded, held].forEach((each) => each.dispose())
  })

  it('accepts only types that weights can be loaded from', async () => {
    const path = join(folder, 'integers.safetensors')
    await expect(model.save(path, { dtype: 'float64' as 'float16' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(model.toBlob({ dtype: 'float64' as 'float16' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(existsSync(path)).toBe(false)
    expect((await model.toBlob({ dtype: 'bfloat16' })).size).toBeLessThan(0.51 * (await model.toBlob()).size)
  })

  it('leaves nothing behind if it cannot write', async () => {
    const path = join(folder, 'nowhere', 'x.safetensors')
    await expect(model.save(path)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(existsSync(path)).toBe(false)
  })
})

describe('attention', () => {
  it('is correlative unless the file says otherwise', async () => {
    expect(model.attention).toBe('correlative')
  })
})

describe('dispose', () => {
  it('frees the weights once; later calls fail with DISPOSED', async () => {
    const before = memory().numTensors
    const gone = await DreamLIP.create(tiny)
    gone.dispose()
    gone.dispose()
    expect(memory().numTensors).toBe(before)
    await expect(gone.encodeText('x')).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(() => gone.parameters).toThrow(/disposed/)
  })

  it('does not affect other models, also on other devices', async () => {
    const onCPU = await DreamLIP.create(tiny, { seed: 1, device: 'cpu' })
    const onWASM = await DreamLIP.create(tiny, { seed: 1, device: 'wasm' })
    const [a, b] = await Promise.all([onCPU.encodeImage(pixel), onWASM.encodeImage(pixel)])
    a.data.forEach((value, i) => expect(value).toBeCloseTo(b.data[i]!, 5))
    onCPU.dispose()
    expect((await onWASM.encodeImage(pixel)).data).toEqual(b.data)
    onWASM.dispose()
  })
})

it('has no more tensors after a thousand calls than after one', async () => {
  const small = await DreamLIP.create(tiny)
  await small.encodeImage(pixel)
  await small.encodeText('one')
  const before = memory().numTensors
  for (let i = 0; i < 500; i++) {
    await small.encodeImage(pixel)
    await small.encodeText(`text ${i}`)
  }
  expect(memory().numTensors).toBe(before)
  small.dispose()
})
