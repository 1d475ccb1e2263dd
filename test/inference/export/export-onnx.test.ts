/** Towers as ONNX files: ONNX Runtime must compute the same results from a file as the model. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { cosineSimilarity, createModel, DreamLIP, type OpenCLIPConfig } from '../../../src/index'
import { exportOnnx } from '../../../src/inference/export/export-onnx'
import { createStoredParameters } from '../../../src/runtime/compiled/arrays/parameters'
import type { Golden } from '../../models/golden'
import { largestDifference } from '../../ops/compare'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))
const golden = (name: string) => JSON.parse(readFileSync(`test/fixtures/models/${name}.json`, 'utf8')) as Golden

/** Runs a file with its single input. */
async function runFile(path: string, input: Tensor): Promise<Float32Array> {
  const session = await InferenceSession.create(path)
  const results = await session.run({ [session.inputNames[0]!]: input })
  await session.release()
  return results[session.outputNames[0]!]!.data as Float32Array
}

/** `[batch, 3, size, size]` */
function pixels(batch: number, size: number): { pixels: Float32Array; shape: [number, number, number, number] } {
  const length = batch * 3 * size * size
  return { pixels: Float32Array.from({ length }, (_, i) => 2 * Math.sin(i * 0.37)), shape: [batch, 3, size, size] }
}

/** int64 `[texts, length]`, padded with 0. */
function idTensor(tokens: readonly (readonly number[])[], length: number): Tensor {
  const ids = tokens.flatMap((row) => Array.from({ length }, (_, i) => BigInt(row[i] ?? 0)))
  return new Tensor('int64', BigInt64Array.from(ids), [tokens.length, length])
}

function pixelTensor(batch: { pixels: Float32Array; shape: [number, number, number, number] }): Tensor {
  return new Tensor('float32', batch.pixels, batch.shape)
}

describe.each(['mini', 'mini-quickgelu'])('%s, exported,', (name) => {
  const { config, tokens, ...expected } = golden(name)
  const load = (dtype?: 'float16') => DreamLIP.load(`test/fixtures/models/${name}.pt`, { config, dtype })
  const images = pixels(5, config.vision_cfg.image_size as number)

  it('gives the features of PyTorch to 1e-5', async () => {
    const model = await load()
    const { shape, data } = expected.pixels
    const image = join(folder, `${name}-image.onnx`)
    const text = join(folder, `${name}-text.onnx`)
    await model.exportOnnx(image, { part: 'image' })
    await model.exportOnnx(text, { part: 'text' })
    const ofImages = await runFile(image, new Tensor('float32', Float32Array.from(data), shape))
    const ofTexts = await runFile(text, idTensor(tokens, tokens[0]!.length))
    expect(largestDifference(ofImages, expected.image_features_raw.data)).toBeLessThan(1e-5)
    expect(largestDifference(ofTexts, expected.text_features_raw.data)).toBeLessThan(1e-5)
  })

  it.each(['float32', 'float16'] as const)('takes any batch and length, in %s', async (dtype) => {
    const model = await load(dtype === 'float16' ? dtype : undefined)
    const image = join(folder, `${name}-image-${dtype}.onnx`)
    const text = join(folder, `${name}-text-${dtype}.onnx`)
    await model.exportOnnx(image, { part: 'image', dtype })
    await model.exportOnnx(text, { part: 'text', dtype })
    for (const batch of [1, 2, 5]) {
      const some = pixels(batch, images.shape[2])
      const own = await model.encodeImage(some, { normalize: false })
      expect(largestDifference(await runFile(image, pixelTensor(some)), own.data)).toBeLessThan(1e-5)
    }
    for (const row of tokens) {
      const { data } = await model.encodeText({ tokens: [row] }, { normalize: false })
      for (const length of [row.indexOf(Math.max(...row)) + 1, model.config.text.contextLength]) {
        expect(largestDifference(await runFile(text, idTensor([row], length)), data)).toBeLessThan(1e-5)
      }
    }
  })

  it('accepts only the fixed batch size', async () => {
    const model = await load()
    const image = join(folder, `${name}-image-fixed.onnx`)
    const text = join(folder, `${name}-text-fixed.onnx`)
    await model.exportOnnx(image, { part: 'image', dynamicBatch: false })
    await model.exportOnnx(text, { part: 'text', dynamicBatch: false, batchSize: tokens.length })
    const one = pixels(1, images.shape[2])
    const ofImage = await runFile(image, pixelTensor(one))
    const ofTexts = await runFile(text, idTensor(tokens, model.config.text.contextLength))
    expect(largestDifference(ofImage, (await model.encodeImage(one, { normalize: false })).data)).toBeLessThan(1e-5)
    const own = await model.encodeText({ tokens }, { normalize: false })
    expect(largestDifference(ofTexts, own.data)).toBeLessThan(1e-5)
    await expect(runFile(image, pixelTensor(images))).rejects.toThrow(/dimensions/)
  })

  const least = { mini: 0.995, 'mini-quickgelu': 0.99 }[name]!

  it(`stays within a cosine of ${least} in int8, on every processor`, async () => {
    const model = await load()
    const image = join(folder, `${name}-image-int8.onnx`)
    const text = join(folder, `${name}-text-int8.onnx`)
    await model.exportOnnx(image, { part: 'image', dtype: 'int8' })
    await model.exportOnnx(text, { part: 'text', dtype: 'int8' })
    const width = model.config.embedDim
    const embeddings = (data: Float32Array) => ({ data, shape: [data.length / width, width] as const })
    const cosines = [
      cosineSimilarity(embeddings(await runFile(image, pixelTensor(images))), await model.encodeImage(images)),
      cosineSimilarity(
        embeddings(await runFile(text, idTensor(tokens, tokens[0]!.length))),
        await model.encodeText({ tokens }),
      ),
    ]
    for (const { data, shape } of cosines) {
      const own = Array.from({ length: shape[0] }, (_, i) => data[i * (shape[1] + 1)]!)
      expect(Math.min(...own)).toBeGreaterThan(least)
      expect(Math.max(...own)).toBeLessThan(1 - 1e-7)
    }
  })
})

describe('exportOnnx', () => {
  const tiny: OpenCLIPConfig = {
    embed_dim: 8,
    vision_cfg: { image_size: 24, layers: 2, width: 16, head_width: 8, patch_size: 8 },
    text_cfg: { context_length: 6, vocab_size: 50, width: 8, heads: 2, layers: 2 },
  }

  it.each([
    ['average pooling', { ...tiny, vision_cfg: { ...tiny.vision_cfg, pool_type: 'avg' } }],
    ['layer scale', { ...tiny, vision_cfg: { ...tiny.vision_cfg, ls_init_value: 0.5 } }],
    ['pixels beyond the last patch', { ...tiny, vision_cfg: { ...tiny.vision_cfg, image_size: 29 } }],
    ['one layer', { ...tiny, vision_cfg: { ...tiny.vision_cfg, layers: 1 } }],
  ])('writes models with %s', async (what, config) => {
    const model = await DreamLIP.create(config)
    const path = join(folder, `${what}.onnx`)
    await model.exportOnnx(path, { part: 'image' })
    const images = pixels(3, model.config.vision.imageSize)
    const { data } = await model.encodeImage(images, { normalize: false })
    expect(largestDifference(await runFile(path, pixelTensor(images)), data)).toBeLessThan(1e-5)
  })

  it.each(['wasm', 'cpu'] as const)('exports the weights of any device: %s', async (device) => {
    const model = await DreamLIP.create(tiny, { device, runtime: 'eager' })
    const path = join(folder, `${device}.onnx`)
    await model.exportOnnx(path, { part: 'text' })
    const { data } = await model.encodeText({ tokens: [[1, 2, 49]] }, { normalize: false })
    expect(largestDifference(await runFile(path, idTensor([[1, 2, 49]], 4)), data)).toBeLessThan(1e-5)
  })

  it('uses no operators but ONNX’s own', async () => {
    const model = await DreamLIP.create({ ...tiny, quick_gelu: true } as OpenCLIPConfig)
    for (const part of ['image', 'text'] as const) {
      const path = join(folder, `standard-${part}.onnx`)
      await model.exportOnnx(path, { part, dtype: 'int8' })
      expect(readFileSync(path).includes('MatMulInteger')).toBe(true)
      expect(readFileSync(path).includes('com.microsoft')).toBe(false)
    }
  })

  it('returns the files written, and reports progress', async () => {
    const model = await DreamLIP.create(tiny)
    const path = join(folder, 'progress.onnx')
    const steps: { stage: string; done: number; total: number }[] = []
    expect(await model.exportOnnx(path, { part: 'image', onProgress: (step) => steps.push(step) })).toEqual([path])
    expect(steps.every(({ stage, done }, i) => stage === 'export' && done >= (steps[i - 1]?.done ?? 0))).toBe(true)
    expect(steps.at(-1)!.done).toBe(steps.at(-1)!.total)
    expect(steps.at(-1)!.total).toBeLessThanOrEqual(statSync(path).size)
  })

  it('leaves nothing behind when it is aborted', async () => {
    const model = await DreamLIP.create(tiny)
    const controller = new AbortController()
    const before = readdirSync(folder)
    const exporting = model.exportOnnx(join(folder, 'aborted.onnx'), {
      part: 'image',
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(exporting).rejects.toMatchObject({ name: 'AbortError' })
    expect(readdirSync(folder)).toEqual(before)
  })

  it.each([
    [{ part: 'audio' as 'image' }, /part: expected one of image, text; got "audio"/],
    [{ part: 'image' as const, dtype: 'int2' as 'int8' }, /dtype: expected one of float32/],
    [{ part: 'image' as const, dynamicBatch: false, batchSize: 0 }, /batchSize/],
  ])('refuses %j', async (options, message) => {
    const model = await DreamLIP.create(tiny)
    const refused = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }
    await expect(model.exportOnnx(join(folder, 'refused.onnx'), options)).rejects.toMatchObject(refused)
  })

  it('names a folder that does not exist', async () => {
    const model = await DreamLIP.create(tiny)
    const exporting = model.exportOnnx(join(folder, 'nowhere', 'image.onnx'), { part: 'image' })
    await expect(exporting).rejects.toMatchObject({ code: 'WRITE_FAILED' })
  })

  it('writes weights that exceed one file to a second file next to it', async () => {
    const { config, parameters } = createModel(tiny)
    const stored = createStoredParameters()
    parameters.forEach((values, name) => stored.set(name, values))
    const whole = join(folder, 'whole.onnx')
    const apart = join(folder, 'apart.onnx')
    const options = { part: 'image', dtype: 'float32', batch: undefined } as const
    await exportOnnx(whole, config, stored, options)
    expect(await exportOnnx(apart, config, stored, options, 1000)).toEqual([apart, `${apart}_data`])
    expect(statSync(apart).size + statSync(`${apart}_data`).size).toBeGreaterThan(statSync(whole).size)
    const images = pixelTensor(pixels(2, 24))
    expect(await runFile(apart, images)).toEqual(await runFile(whole, images))
  })
})
