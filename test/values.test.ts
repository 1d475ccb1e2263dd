/** NaN, infinite and out-of-range values are reported by name; calls fail with DISPOSED if the model is disposed while they run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, it } from 'vitest'
import { DreamLIP, LongCaptionDataset, safetensorsBlob, pyTorchBlob, Trainer, type HostTensor } from '../src/index'

const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 16, layers: 2, width: 64, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 64, heads: 1, layers: 2 },
}
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-values-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const picture = { data: new Uint8Array(3 * 16 * 16).fill(90), width: 16, height: 16, channels: 3 as const }
const runtimes = [
  { device: 'cpu', runtime: 'compiled' },
  { device: 'cpu', runtime: 'eager' },
] as const
const create = (options: object = runtimes[1]) => DreamLIP.create(config, options)

const name = 'visual.transformer.resblocks.0.mlp.c_fc.weight'
const original = await create()
const weights = new Map(
  [...original.parameters].map(([name, { data, shape }]) => [name, { data, shape, dtype: 'float32' as const }]),
)
original.dispose()

/** The model's tensors with some values of one of them replaced. */
function spoilt(
  changes: Readonly<Record<number, number>>,
  dtype: HostTensor['dtype'] = 'float32',
): Map<string, HostTensor> {
  const { data, shape } = weights.get(name)!
  const changed = new (dtype === 'float64' ? Float64Array : Float32Array)(data as Float32Array)
  for (const [at, value] of Object.entries(changes)) changed[Number(at)] = value
  return new Map<string, HostTensor>(weights).set(name, { data: changed, shape, dtype })
}

describe('weights that are NaN or infinite', () => {
  it.each([
    ['float32', safetensorsBlob(spoilt({ 5: NaN, 700: Infinity }))],
    ['float16', safetensorsBlob(spoilt({ 5: NaN, 700: -Infinity }, 'float16'))],
    ['bfloat16', pyTorchBlob(spoilt({ 5: NaN, 700: Infinity }, 'bfloat16'))],
    ['float64 beyond float32', safetensorsBlob(spoilt({ 5: 1e300, 700: NaN }, 'float64'))],
  ])(
    'are refused when a file of %s is loaded, and the error says which tensor, how many and where',
    async (_, file) => {
      const before = memory().numTensors
      for (const dtype of ['float32', 'float16', 'int8'] as const) {
        await expect(DreamLIP.load(file, { ...runtimes[0], dtype })).rejects.toMatchObject({
          code: 'TENSOR_INVALID',
          message: expect.stringMatching(/resblocks\.0\.mlp\.c_fc\.weight.*2 of 16384 values .* first one at 5 /),
        })
      }
      expect(memory().numTensors).toBe(before)
    },
  )

  it('would also result from a value beyond float16’s range', async () => {
    const file = safetensorsBlob(spoilt({ 3: 1e5 }))
    await expect(DreamLIP.load(file, { ...runtimes[0], dtype: 'float16' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/c_fc\.weight.*100000 is beyond float16's/),
    })
    ;(await DreamLIP.load(file, runtimes[0])).dispose()
  })
})

describe('pixels and embeddings that are NaN or infinite', () => {
  it('are refused if a caller gives them, naming the image and the row', async () => {
    const model = await create()
    const pixels = new Float32Array(3 * 3 * 256)
    pixels[2 * 3 * 256 + 1] = NaN
    for (const call of [model.encodeImage.bind(model), model.encodePatches.bind(model)]) {
      await expect(call({ pixels, shape: [3, 3, 16, 16] })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/pixels: .*in image 2/),
      })
    }
    const data = new Float32Array(32).fill(1)
    data[20] = Infinity
    const embeddings = { data, shape: [2, 16] as const }
    for (const call of [
      model.similarity(embeddings, 'a cat'),
      model.similarity(picture, embeddings),
      model.classify(picture, { labels: ['a', 'b'], embeddings }),
      model.segment(picture, { labels: ['a', 'b'], embeddings }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/row 1/) })
    }
    model.dispose()
  })

  it.each(runtimes)('are named if weights overflow, on $runtime', async (options) => {
    // Finite weights whose products are not finite.
    const huge = new Map<string, HostTensor>(weights)
    for (const each of ['visual.proj', 'text_projection']) {
      const { shape } = weights.get(each)!
      huge.set(each, { data: new Float32Array(weights.get(each)!.data.length).fill(3e38), shape, dtype: 'float32' })
    }
    const model = await DreamLIP.load(safetensorsBlob(huge), options)
    const message = expect.stringMatching(/^images\[0\]: expected a finite embedding; .* NaN or infinite/)
    await expect(model.encodeImage([picture, picture])).rejects.toMatchObject({ code: 'RUN_FAILED', message })
    await expect(model.encodePatches(picture, { project: true })).rejects.toMatchObject({ code: 'RUN_FAILED', message })
    await expect(model.encodeText(['a', 'b'])).rejects.toMatchObject({
      code: 'RUN_FAILED',
      message: expect.stringMatching(/^texts\[[01]\]: expected a finite embedding/),
    })
    await expect(model.ground(picture, 'a cat')).rejects.toMatchObject({ code: 'RUN_FAILED' })
    model.dispose()
  })
})

describe.each(runtimes)('dispose() on $runtime', (options) => {
  const images = Array<typeof picture>(6).fill(picture)

  it('ends running calls with DISPOSED, and later ones at once; calling it twice is harmless', async () => {
    const before = memory().numTensors
    const model = await create(options)
    const { parameters } = model
    const done: number[] = []
    const working = [
      model.encodeImage(images, {
        batchSize: 1,
        onProgress(progress) {
          done.push(progress.done)
          if (progress.done === 2) model.dispose()
        },
      }),
      model.encodeText(['a', 'b b', 'c c c'], { batchSize: 1 }),
      model.encodePatches(images, { batchSize: 1 }),
      model.classify(images, ['a', 'b'], { batchSize: 1 }),
      model.ground(picture, 'A cat. A dog.'),
      model.segment(picture, ['a', 'b']),
      model.selfCheck(),
      model.toBlob(),
      model.save(join(folder, 'disposed.safetensors')),
      model.exportOnnx(join(folder, 'disposed.onnx'), { part: 'text' }),
    ]
    const outcomes = await Promise.allSettled(working)
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'DISPOSED' } })
    expect(done).toEqual([1, 2])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'DISPOSED' })
    }
    model.dispose()
    await expect(model.encodeText('a')).rejects.toMatchObject({ code: 'DISPOSED' })
    await expect(model.encodeImage(picture)).rejects.toMatchObject({ code: 'DISPOSED' })
    await expect(model.save(join(folder, 'x.safetensors'))).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(() => model.parameters).toThrow(expect.objectContaining({ code: 'DISPOSED' }))
    expect(() => parameters.get('visual.proj')!.data).toThrow(expect.objectContaining({ code: 'DISPOSED' }))
    expect(memory().numTensors).toBe(before)
  })

  it('ends the training of the model with DISPOSED', async () => {
    const model = await create(options)
    const records = Array.from({ length: 4 }, (_, i) => ({ key: `${i}`, image: picture, raw: 'A cat.', captions: {} }))
    const data = LongCaptionDataset.of(records).loader({
      batchSize: 2,
      imageSize: 16,
      contextLength: 12,
      texts: { count: 0 },
    })
    const steps: number[] = []
    const fit = new Trainer({ model, data, progress: false }).fit({
      steps: 50,
      onStep({ step }) {
        steps.push(step)
        if (step === 2) model.dispose()
      },
    })
    await expect(fit).rejects.toMatchObject({ code: 'DISPOSED' })
    expect(steps).toEqual([1, 2])
  })

  it('is not needed after an abort or a callback that throws: the model still works', async () => {
    const model = await create(options)
    const thrown = new Error('from the callback')
    const onProgress = () => {
      throw thrown
    }
    // The first use of a backend allocates memory that does not belong to this model.
    await model.encodeImage(images, { batchSize: 2 })
    await model.selfCheck()
    const before = memory().numTensors
    await expect(model.encodeImage(images, { batchSize: 2, onProgress })).rejects.toBe(thrown)
    await expect(model.encodeText(['a', 'b'], { onProgress })).rejects.toBe(thrown)
    await expect(model.selfCheck({ onProgress })).rejects.toBe(thrown)
    const abort = new AbortController()
    const aborted = model.encodeImage(images, { batchSize: 1, signal: abort.signal, onProgress: () => abort.abort() })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    const calls = [
      model.encodeImage(picture, { signal: abort.signal }),
      model.encodeText('a', { signal: abort.signal }),
      model.similarity(picture, 'a', { signal: abort.signal }),
      model.classify(picture, ['a'], { signal: abort.signal }),
      model.ground(picture, 'a', { signal: abort.signal }),
      model.segment(picture, ['a'], { signal: abort.signal }),
      model.selfCheck({ signal: abort.signal }),
      DreamLIP.load('missing.pt', { signal: abort.signal }),
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    expect((await model.encodeImage(images)).shape).toEqual([6, 16])
    expect(memory().numTensors).toBe(before)
    model.dispose()
  })
})

it('a callback that throws ends load, which frees its memory', async () => {
  const before = memory().numTensors
  const thrown = new Error('from the callback')
  const onProgress = () => {
    throw thrown
  }
  await expect(DreamLIP.load(safetensorsBlob(weights), { ...runtimes[1], onProgress })).rejects.toBe(thrown)
  expect(memory().numTensors).toBe(before)
})

describe('numbers', () => {
  const wrong = [NaN, Infinity, -1, 0, 1.5, 2 ** 53, '3']

  it.each(wrong)('topK %o is refused, naming it', async (topK) => {
    const model = await create()
    await expect(model.classify(picture, ['a', 'b'], { topK: topK as number })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: `topK: expected a whole number of at least 1; got ${typeof topK === 'string' ? `"${topK}"` : topK}.`,
    })
    model.dispose()
  })
})

describe('nothing to embed', () => {
  it('gives an empty result of the right shape', async () => {
    const model = await create()
    expect((await model.encodeText([])).shape).toEqual([0, 16])
    expect((await model.encodeText({ tokens: [] })).shape).toEqual([0, 16])
    expect((await model.encodeImage([])).shape).toEqual([0, 16])
    expect((await model.encodePatches([])).patches.shape).toEqual([0, 4, 64])
    expect((await model.encodeText('')).shape).toEqual([1, 16])
    expect(await model.classify([], ['a'])).toEqual([])
    model.dispose()
  })
})

describe('labels', () => {
  it('are at least one, strings, and differ', async () => {
    const model = await create()
    for (const labels of [[], [1], ['a', null], ['a', 'b', 'a'], 'a', null]) {
      for (const call of [model.classify.bind(model), model.segment.bind(model)]) {
        await expect(call(picture, labels as string[])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      }
    }
    model.dispose()
  })
})

it('token ids without the end token are refused', async () => {
  const model = await create()
  await expect(model.encodeText({ tokens: [[49406, 320]] })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(/tokens\[0\]: expected the end token 49407/),
  })
  model.dispose()
})
