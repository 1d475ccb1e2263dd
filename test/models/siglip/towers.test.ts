/** The options of the config: every combination on the compiled and the eager runtime, in files, exports and training. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/dreamlip'
import type { TextConfig, VisionConfig, CLIPConfig } from '../../../src/models/config/config'
import { parseConfig, toOpenCLIPConfig } from '../../../src/models/config/config'
import { createRandom } from '../../../src/random'
import { Trainer } from '../../../src/training/trainer'
import type { TrainingData } from '../../../src/training/training-data'
import { tinySiglip } from './tiny'

const compiled = { device: 'cpu', runtime: 'compiled' } as const
const eager = { device: 'wasm', runtime: 'eager' } as const

function variant(vision: Partial<VisionConfig>, text: Partial<TextConfig> = {}): CLIPConfig {
  return { ...tinySiglip, vision: { ...tinySiglip.vision, ...vision }, text: { ...tinySiglip.text, ...text } }
}

const variants: readonly (readonly [string, CLIPConfig])[] = [
  ['SigLIP', tinySiglip],
  ['patches averaged, without a class token', variant({ pool: 'average' }, { pool: 'first' })],
  ['a class token, pooled', variant({ pool: 'token', noClassToken: false, noProjection: false }, { pool: 'end' })],
  [
    'an attention pool over a class token too, norm after it, with a projection',
    variant({ noClassToken: false, finalLnAfterPool: true, noProjection: false, patchBias: false, noLnPre: false }),
  ],
  ['a causal text tower, last position', variant({ tanhGelu: false }, { noCausalMask: false, tanhGelu: false })],
  ['texts without a projection or a bias', variant({}, { projectionBias: false, noProjection: true })],
  ['texts with a plain projection, no causal mask, end token', variant({}, { projectionBias: false, pool: 'end' })],
]

const random = createRandom(9)
const pixels = {
  pixels: Float32Array.from({ length: 3 * 3 * 16 * 16 }, () => random.normal()),
  shape: [3, 3, 16, 16] as const,
}
const tokens = [[3, 9, 30, 2], [5, 39], [7], [3, 9, 30, 2], [4, 8, 15, 16, 23, 11, 3, 3, 39]]

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dreamlip-knobs-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(variants)('%s', (_, config) => {
  it('gives the same embeddings compiled and eager, after saving, and in an export', async () => {
    await using model = await DreamLIP.create(config, { seed: 3, ...compiled })
    await using other = await DreamLIP.create(config, { seed: 3, ...eager })
    const image = await model.encodeImage(pixels)
    const text = await model.encodeText({ tokens })
    const patches = await model.encodePatches(pixels, { project: true })
    expectClose(image.data, (await other.encodeImage(pixels)).data)
    expectClose(text.data, (await other.encodeText({ tokens })).data)
    expectClose(patches.patches.data, (await other.encodePatches(pixels, { project: true })).patches.data)
    expectClose(text.data.subarray(0, 16), text.data.subarray(48, 64)) // equal texts
    const path = join(folder, 'model.safetensors')
    await model.save(path)
    await using again = await DreamLIP.load(path, compiled)
    expect(again.config).toEqual({ ...withoutDefaults(config), family: again.config.family })
    expect((await again.encodeImage(pixels)).data).toEqual(image.data)
    expect((await again.encodeText({ tokens })).data).toEqual(text.data)
    expectClose(await exported(model, 'image'), (await model.encodeImage(pixels, { normalize: false })).data)
    expectClose(await exported(model, 'text'), (await model.encodeText({ tokens }, { normalize: false })).data)
  })

  it('survives open_clip’s JSON', () => {
    expect(parseConfig(toOpenCLIPConfig(config))).toEqual(JSON.parse(JSON.stringify(withoutDefaults(config))))
  })
})

/** Optional fields with default values are left out of JSON. */
function withoutDefaults(config: CLIPConfig): CLIPConfig {
  const strip = (tower: object) =>
    Object.fromEntries(
      Object.entries(tower).filter(
        ([name, value]) => !(value === false && !['noLnPre', 'finalLnAfterPool'].includes(name)) && value !== 'end',
      ),
    )
  return { ...config, vision: strip(config.vision), text: strip(config.text) } as unknown as CLIPConfig
}

async function exported(model: DreamLIP, part: 'image' | 'text'): Promise<Float32Array> {
  const path = join(folder, `${part}.onnx`)
  await model.exportOnnx(path, { part })
  const session = await InferenceSession.create(path)
  const { contextLength, padId = 0 } = model.config.text
  const rows = tokens.map((ids) => Array.from({ length: contextLength }, (_, i) => BigInt(ids[i] ?? padId)))
  const input =
    part === 'image'
      ? new Tensor('float32', pixels.pixels, pixels.shape)
      : new Tensor('int64', BigInt64Array.from(rows.flat()), [rows.length, contextLength])
  const outputs = await session.run({ [session.inputNames[0]!]: input })
  await session.release()
  return outputs[session.outputNames[0]!]!.data as Float32Array
}

describe('a SigLIP model', () => {
  it('is loaded at another image size, with its positions resized', async () => {
    const path = join(folder, 'small.safetensors')
    await using model = await DreamLIP.create(tinySiglip, compiled)
    await model.save(path)
    await using larger = await DreamLIP.load(path, { ...compiled, imageSize: 24 })
    expect(larger.parameters.get('visual.positional_embedding')?.shape).toEqual([36, 16])
    const big = { pixels: new Float32Array(3 * 24 * 24).fill(0.3), shape: [1, 3, 24, 24] as const }
    expect((await larger.encodeImage(big)).shape).toEqual([1, 16])
  })

  it('finds places in an image by what the pool makes of each patch', async () => {
    await using model = await DreamLIP.create(tinySiglip, compiled)
    const image = {
      data: Uint8Array.from({ length: 3 * 32 * 20 }, (_, i) => (i * 7) % 256),
      width: 32,
      height: 20,
      channels: 3 as const,
    }
    const embeddings = { labels: ['a', 'b'], embeddings: await model.encodeText({ tokens: tokens.slice(0, 2) }) }
    const { shape, data } = await model.segment(image, embeddings)
    expect(shape).toEqual([20, 32])
    expect(new Set(data).size).toBeGreaterThan(0)
  })

  it.each([
    ['whole batches', {}],
    ['parts of a batch, with patch dropout', { microBatch: 2, patchDropout: 0.5 }],
  ])('takes the same training step compiled and eager: %s', async (_, options) => {
    const weights = async (runtime: typeof compiled | typeof eager) => {
      await using model = await DreamLIP.create(tinySiglip, { seed: 3, ...runtime })
      const trainer = new Trainer({
        model,
        data: batchesOf(4),
        schedule: { learningRate: 1e-3, warmup: 0 },
        ...options,
      })
      await trainer.fit({ steps: 1 })
      return new Map([...model.parameters].map(([name, { data }]) => [name, data]))
    }
    const [expected, actual] = [await weights(eager), await weights(compiled)]
    const initial = await DreamLIP.create(tinySiglip, { seed: 3, ...compiled })
    for (const [name, values] of expected) {
      expectClose(actual.get(name)!, values, 2e-4) // AdamW's first step divides small gradients by themselves
      if (name !== 'logit_bias') expect(values, name).not.toEqual(initial.parameters.get(name)?.data)
    }
    initial.dispose()
  })

  it('refuses to train on CLIP’s token ids', async () => {
    await using model = await DreamLIP.create(tinySiglip, eager)
    const clip = [[49406, 320, 49407]]
    const trainer = new Trainer({ model, data: batchesOf(4, clip) })
    await expect(trainer.fit({ steps: 1 })).rejects.toThrow(/captions have CLIP's token ids/)
  })
})

/** Batches of noise images, each with two captions. */
function batchesOf(batchSize: number, captions: readonly (readonly number[])[] = tokens.slice(0, 2)): TrainingData {
  return {
    batchSize,
    size: batchSize,
    fingerprint: 'noise',
    async *batches({ epoch }) {
      const values = createRandom(epoch)
      yield {
        images: {
          pixels: Float32Array.from({ length: batchSize * 3 * 16 * 16 }, () => values.normal()),
          shape: [batchSize, 3, 16, 16],
        },
        captions: Array.from({ length: batchSize }, (_, i) =>
          captions.map((ids) => [...ids.slice(0, 1), ...(ids[0]! < 40 ? [3 + i] : []), ...ids.slice(1)]),
        ),
        next: { epoch: epoch + 1, sample: 0 },
        skipped: [],
      }
    },
  }
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length)
  const largest = Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0)
  expect(largest).toBeLessThan(tolerance)
}
