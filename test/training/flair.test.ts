/** FLAIR's loss in a `Trainer`: by name, on every runtime, in parts, and resumed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setBackend, tensor, tensor2d, tensor3d } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { flairLoss } from '../../src/losses/flair'
import { drawTexts } from '../../src/losses/parts/drawn-texts'
import { createRandom } from '../../src/random'
import { dreamLIPLoss } from '../../src/training/step/loss'
import { Trainer, type TrainerOptions } from '../../src/training/trainer'
import { largestDifference } from '../ops/compare'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-flair-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const seed = 9
const schedule = { kind: 'constant', learningRate: 5e-3, warmup: 0 } as const
const create = (options = {}) => DreamLIP.create({ ...tiny, family: 'flair' }, { seed: 1, ...options })
const trainer = (model: DreamLIP, more: Partial<TrainerOptions> = {}) =>
  new Trainer({ model, data: loaderOf(photos(8), { seed: 3 }), schedule, seed, loss: 'flair', ...more })
const weightsOf = (model: DreamLIP) =>
  new Map([...model.parameters].map(([name, { data }]) => [name, data as Float32Array]))

describe("training with FLAIR's loss", () => {
  it('learns, and trains the pool and the bias', async () => {
    const model = await create()
    const [before, losses] = [weightsOf(model), [] as number[]]
    await trainer(model).fit({ epochs: 20, onStep: ({ loss }) => losses.push(loss) })
    expect(Math.min(...losses.slice(-4))).toBeLessThan(0.6 * losses[0]!)
    const after = weightsOf(model)
    expect([...after.keys()]).toEqual([...before.keys()]) // no temperature for patches
    for (const [name, values] of after) {
      expect(largestDifference(values, before.get(name)!), name).toBeGreaterThan(0)
    }
    model.dispose()
  })

  it('minimizes flairLoss of the raw features, with texts drawn from the seed', async () => {
    const model = await create()
    const [batch] = await firstBatch()
    const captions = batch!.captions.flat() as unknown as number[][]
    const raw = { normalize: false } as const
    const images = await model.encodeImage({ pixels: batch!.images.pixels, shape: batch!.images.shape }, raw)
    const { patches } = await model.encodePatches(
      { pixels: batch!.images.pixels, shape: batch!.images.shape },
      { project: true, normalize: false },
    )
    const texts = await model.encodeText({ tokens: captions }, raw)
    await setBackend('cpu')
    const B = batch!.images.shape[0]
    const K = captions.length / B
    const parameter = (name: string) => {
      const { data, shape } = model.parameters.get(name)!
      return tensor(data as Float32Array, shape)
    }
    const pool = [...model.parameters.keys()].filter((name) => name.startsWith('visual_proj.'))
    const expected = flairLoss({
      images: tensor2d(images.data, images.shape as [number, number]),
      patches: tensor3d(patches.data, patches.shape),
      texts: tensor2d(texts.data, texts.shape as [number, number]),
      pool: new Map(pool.map((name) => [name.slice('visual_proj.'.length), parameter(name)])),
      logitScale: model.logitScale,
      logitBias: -10,
      negatives: tensor2d(drawTexts(B, K, createRandom(seed)), [B, K + B - 1], 'int32'),
    }).dataSync()[0]!
    const losses: number[] = []
    await trainer(model).fit({ steps: 1, onStep: ({ loss, terms }) => losses.push(loss, terms.flair!) })
    expect(losses[0]).toBeCloseTo(expected, 4)
    expect(losses[1]).toBe(losses[0])
    model.dispose()
  })

  it('gives the same weights on every runtime', async () => {
    const results: Map<string, Float32Array>[] = []
    for (const run of [{}, { runtime: 'eager', device: 'cpu' }, { runtime: 'eager', device: 'wasm' }]) {
      const model = await create(run)
      await trainer(model, { optimizer: { epsilon: 1e-3 } }).fit({ steps: 3 })
      results.push(weightsOf(model))
      model.dispose()
    }
    const [first, ...others] = results
    for (const weights of others) {
      for (const [name, values] of first!)
        expect(largestDifference(weights.get(name)!, values), name).toBeLessThan(1e-4)
    }
  })

  it.each([1, 2])('gives the same weights in parts of %i images as for the whole batch', async (microBatch) => {
    const results = []
    for (const more of [{}, { microBatch }]) {
      const model = await create()
      await trainer(model, { ...more, optimizer: { epsilon: 1, clipNorm: null } }).fit({ steps: 3 })
      results.push(weightsOf(model))
      model.dispose()
    }
    const [whole, parts] = results
    for (const [name, values] of whole!) expect(largestDifference(parts!.get(name)!, values), name).toBeLessThan(1e-6)
  })

  it('ends with the same weights when it is stopped and resumed', async () => {
    const results = []
    for (const stops of [[6], [3, 6]]) {
      const into = join(folder, stops.join())
      let model: DreamLIP
      for (const stop of stops) {
        const controller = new AbortController()
        model = await create()
        const onStep = ({ step }: { step: number }) => step === stop && stop < 6 && controller.abort()
        await trainer(model, { folder: into })
          .fit({ steps: 6, resume: true, signal: controller.signal, onStep })
          .catch((error: unknown) => expect(error).toMatchObject({ name: 'AbortError' }))
      }
      results.push(weightsOf(model!))
      model!.dispose()
    }
    const [whole, resumed] = results
    for (const [name, values] of whole!) expect(resumed!.get(name), name).toEqual(values)
  })

  it('is the default for FLAIR models only, which can also train with the loss of DreamLIP', async () => {
    const termsOf = async (model: DreamLIP, loss?: TrainerOptions['loss']) => {
      let names: string[] = []
      await trainer(model, { loss }).fit({ steps: 1, onStep: ({ terms }) => (names = Object.keys(terms)) })
      return names
    }
    const [flair, clip] = [await create(), await DreamLIP.create(tiny)]
    expect(await termsOf(flair)).toEqual(['flair'])
    expect(await termsOf(clip)).toEqual(['multiPositive', 'subcaptionPatch'])
    expect(await termsOf(flair, 'dreamlip')).toEqual(['multiPositive', 'subcaptionPatch'])
    expect(await termsOf(flair, dreamLIPLoss({ subcaptionPatch: 0 }))).toEqual(['multiPositive'])
    expect(() => trainer(clip, { loss: 'flair' })).toThrow(/loss: expected a loss of CLIP models.*got "?'?flair/)
    expect(() => trainer(flair, { loss: 'flare' as never })).toThrow(/loss: expected.*dreamlip.*flair/)
    flair.dispose()
    clip.dispose()
  })
})

async function firstBatch() {
  const batches = []
  for await (const batch of loaderOf(photos(8), { seed: 3 }).batches({ epoch: 0, sample: 0 })) {
    batches.push(batch)
    break
  }
  return batches
}
