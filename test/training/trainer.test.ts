import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import type { TrainingData } from '../../src/training/training-data'
import { dreamLIPLoss } from '../../src/training/step/loss'
import { Trainer, type TrainerOptions } from '../../src/training/trainer'
import { largestDifference } from '../ops/compare'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const data = (count = 8) => loaderOf(photos(count), { seed: 3 })
const schedule = { kind: 'constant', learningRate: 5e-3, warmup: 0 } as const
const create = (options = {}) => DreamLIP.create(tiny, { seed: 1, ...options })
const weightsOf = (model: DreamLIP) =>
  new Map([...model.parameters].map(([name, { data }]) => [name, data as Float32Array]))
const options = (model: DreamLIP, more: Partial<TrainerOptions> = {}): TrainerOptions => ({
  model,
  data: data(),
  schedule,
  progress: false,
  ...more,
})

describe('Trainer', () => {
  it('learns to tell its images apart, and changes the model in place', async () => {
    const model = await create()
    const before = await model.encodeImage(photos(1)[0]!.image)
    const losses: number[] = []
    const { step, loss } = await new Trainer(options(model)).fit({
      epochs: 20,
      onStep: ({ loss }) => losses.push(loss),
    })
    expect(step).toBe(40)
    expect(losses.at(-1)).toBe(loss)
    expect(Math.min(...losses.slice(-4))).toBeLessThan(0.6 * losses[0]!)
    const after = await model.encodeImage(photos(1)[0]!.image)
    expect(after.data).not.toEqual(before.data)
    await model.save(join(folder, 'tuned.safetensors'))
    const again = await DreamLIP.load(join(folder, 'tuned.safetensors'))
    expect((await again.encodeImage(photos(1)[0]!.image)).data).toEqual(after.data)
    expect(again.attention).toBe('standard')
    for (const each of [model, again]) each.dispose()
  })

  it('leaves dense attention to the training, unless the caller chose one', async () => {
    for (const chosen of [undefined, 'value'] as const) {
      const model = await create()
      expect(model.attention).toBe('correlative')
      if (chosen) model.attention = chosen
      await new Trainer(options(model)).fit({ steps: 1 })
      expect(model.attention).toBe(chosen ?? 'standard')
      model.dispose()
    }
  })

  it('reports each step', async () => {
    const model = await create()
    const reports: object[] = []
    await new Trainer(options(model)).fit({ steps: 3, onStep: (report) => reports.push(report) })
    expect(reports.map((report) => (report as { step: number }).step)).toEqual([1, 2, 3])
    expect(reports[2]).toMatchObject({ steps: 3, epoch: 1, learningRate: 5e-3, skipped: false, secondsLeft: 0 })
    expect(Object.keys((reports[0] as { terms: object }).terms)).toEqual(['multiPositive', 'subcaptionPatch'])
    model.dispose()
  })

  it('gives the same weights for the same seeds, on every runtime', async () => {
    const runs = [{}, {}, { runtime: 'eager', device: 'cpu' }, { runtime: 'eager', device: 'wasm' }] as const
    const results: Map<string, Float32Array>[] = []
    for (const run of runs) {
      const model = await create(run)
      await new Trainer(options(model, { patchDropout: 0.5 })).fit({ steps: 4 })
      results.push(weightsOf(model))
      model.dispose()
    }
    const [first, second, ...eager] = results
    expect(second).toEqual(first)
    for (const weights of eager) {
      for (const [name, values] of first!) {
        expect(largestDifference(weights.get(name)!, values), name).toBeLessThan(1e-4)
      }
    }
  })

  it.each([1, 2])('gives the same weights in parts of %i images as for the whole batch', async (microBatch) => {
    const results = []
    for (const more of [{}, { microBatch }]) {
      const model = await create()
      const losses: number[] = []
      // A large epsilon, because AdamW's division by the gradient's size would hide a wrong factor.
      const optimizer = { epsilon: 1, clipNorm: null }
      await new Trainer(options(model, { ...more, optimizer, patchDropout: 0.25 })).fit({
        steps: 3,
        onStep: ({ loss }) => losses.push(loss),
      })
      results.push({ losses, weights: weightsOf(model) })
      model.dispose()
    }
    const [whole, parts] = results as [(typeof results)[0], (typeof results)[0]]
    parts.losses.forEach((loss, i) => expect(loss).toBeCloseTo(whole.losses[i]!, 5))
    for (const [name, values] of whole.weights) {
      parts.weights.get(name)!.forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThan(1e-6))
    }
  })

  it('does not change frozen towers', async () => {
    const model = await create()
    const before = weightsOf(model)
    await new Trainer(options(model, { freeze: { vision: true, text: { unlocked: 1 } } })).fit({ steps: 2 })
    const changed = [...weightsOf(model)].filter(([name, values]) => values.join() !== before.get(name)?.join())
    expect(changed.map(([name]) => name).sort()).toEqual(['logit_scale', 'logit_scale_local', 'text_projection'])
    model.dispose()
  })

  it('keeps moving averages of the weights', async () => {
    const model = await create()
    const { averages } = await new Trainer(options(model, { optimizer: { emaDecay: 0.5 } })).fit({ steps: 1 })
    const start = await create()
    const name = 'visual.proj'
    const [from, to] = [start, model].map((each) => each.parameters.get(name)!.data as Float32Array)
    const expected = from!.map((value, i) => (value + to![i]!) / 2)
    expect((averages!.get(name)!.data as Float32Array).every((value, i) => Math.abs(value - expected[i]!) < 1e-7)).toBe(
      true,
    )
    for (const each of [model, start]) each.dispose()
  })

  it('evaluates after each epoch and at the end', async () => {
    const model = await create()
    const told: unknown[] = []
    let calls = 0
    const evaluate = async () => ({ recall: ++calls })
    await new Trainer(options(model, { evaluate })).fit({ steps: 5, onEvaluate: (...args) => told.push(args) })
    expect(told).toEqual([
      [{ recall: 1 }, 2],
      [{ recall: 2 }, 4],
      [{ recall: 3 }, 5],
    ])
    model.dispose()
  })

  it('logs every step as JSON lines', async () => {
    const model = await create()
    const runFolder = join(folder, 'logs')
    await new Trainer(options(model, { folder: runFolder, loss: dreamLIPLoss({ subcaptionPatch: 0 }) })).fit({
      steps: 3,
    })
    const lines = readFileSync(join(runFolder, 'metrics.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3])
    expect(JSON.parse(lines[0]!)).toMatchObject({
      epoch: 0,
      learningRate: 5e-3,
      'loss/multiPositive': expect.any(Number),
    })
    expect(readdirSync(runFolder).some((name) => name.startsWith('events.out.tfevents.'))).toBe(true)
    model.dispose()
  })

  it('frees its tensors', async () => {
    const model = await create({ runtime: 'eager', device: 'cpu' })
    await new Trainer(options(model, { loss: dreamLIPLoss({ subcaptionPatch: 0 }) })).fit({ steps: 1 })
    const before = memory().numTensors
    await new Trainer(options(model, { loss: dreamLIPLoss({ subcaptionPatch: 0 }), microBatch: 2 })).fit({ steps: 2 })
    expect(memory().numTensors).toBe(before)
    model.dispose()
  })
})

describe('a run that goes wrong', () => {
  it('counts unusable samples, and continues with full batches', async () => {
    const model = await create()
    const records = [
      ...photos(8),
      { key: 'damaged.jpg', image: new Uint8Array([1, 2, 3]).buffer, raw: 'damaged', captions: {} },
      { key: 'wordless.jpg', image: photos(1)[0]!.image, raw: '', captions: { other: '...' } },
    ]
    const skipped: string[] = []
    const data = loaderOf(records, { maxSkipped: 2 })
    const result = await new Trainer(options(model, { data })).fit({
      epochs: 2,
      onSkip: ({ sample, reason }) => skipped.push(`${sample}: ${reason}`),
    })
    expect(result.step).toBe(4)
    expect(result.skippedSamples).toBe(skipped.length)
    expect(skipped.some((line) => line.startsWith('damaged.jpg: '))).toBe(true)
    expect(skipped).toContain('wordless.jpg: caption: no sub-caption is left after splitting')
    model.dispose()
  })

  /** The data, with NaN pixels in the batches with these numbers. */
  const broken = (batches: readonly number[]): TrainingData => {
    const sound = data()
    let count = 0
    return {
      ...sound,
      async *batches(from, signal) {
        for await (const batch of sound.batches(from, signal)) {
          if (batches.includes(count++)) batch.images.pixels.fill(NaN)
          yield batch
        }
      },
    }
  }

  it('skips and counts steps whose loss is NaN', async () => {
    const model = await create()
    const result = await new Trainer(options(model, { data: broken([1, 2]) })).fit({ steps: 4 })
    expect(result).toMatchObject({ step: 4, updates: 2, skippedSteps: 2 })
    expect([...weightsOf(model).values()].every((values) => values.every(Number.isFinite))).toBe(true)
    model.dispose()
  })

  it('ends with the weights of the last good step if no further step is usable', async () => {
    const model = await create()
    const runFolder = join(folder, 'diverged')
    const always = Array.from({ length: 20 }, (_, i) => i + 1)
    const fit = new Trainer(options(model, { data: broken(always), folder: runFolder })).fit({ steps: 30 })
    await expect(fit).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' })
    expect([...weightsOf(model).values()].every((values) => values.every(Number.isFinite))).toBe(true)
    expect(readdirSync(runFolder).filter((name) => name.endsWith('.pt'))).not.toEqual([])
    model.dispose()
  })

  it('continues if a checkpoint cannot be written, and fails only at the end', async () => {
    const model = await create()
    const blocked = join(folder, 'a-file')
    await model.save(`${blocked}.safetensors`)
    const warnings: string[] = []
    const runFolder = join(`${blocked}.safetensors`, 'run')
    const fit = new Trainer(options(model, { folder: runFolder, saveEvery: 1 })).fit({
      steps: 3,
      onWarning: (message) => warnings.push(message),
    })
    await expect(fit).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(warnings.filter((message) => message.startsWith('the checkpoint was not written'))).toHaveLength(2)
    expect(weightsOf(model)).not.toEqual(weightsOf(await create()))
    model.dispose()
  })

  it('ends when aborted, and leaves a checkpoint', async () => {
    const model = await create()
    const runFolder = join(folder, 'aborted')
    const abort = new AbortController()
    const fit = new Trainer(options(model, { folder: runFolder })).fit({
      steps: 100,
      signal: abort.signal,
      onStep: ({ step }) => step === 3 && abort.abort(),
    })
    await expect(fit).rejects.toMatchObject({ name: 'AbortError' })
    expect(readdirSync(runFolder)).toContain('step-00000003.pt')
    model.dispose()
  })

  it.each<[string, Partial<TrainerOptions>, RegExp]>([
    ['microBatch', { microBatch: 3 }, /microBatch: expected a divisor of the batch size 4; got 3/],
    ['patchDropout', { patchDropout: 1 }, /patchDropout: expected a number from 0 to below 1/],
    ['keep', { keep: 0 }, /keep: expected a whole number/],
    ['emaDecay', { optimizer: { emaDecay: 1 } }, /optimizer\.emaDecay/],
  ])('refuses a wrong %s', async (_, more, message) => {
    const model = await create()
    expect(() => new Trainer(options(model, more))).toThrow(message)
    model.dispose()
  })

  it('refuses weights that are not float32, and calls without steps or epochs', async () => {
    const model = await create({ dtype: 'float16' })
    await expect(new Trainer(options(model)).fit({ steps: 1 })).rejects.toThrow(/expected float32 weights/)
    await expect(new Trainer(options(model)).fit({})).rejects.toThrow(/fit: expected steps or epochs/)
    model.dispose()
  })

  it('refuses data whose preprocessing differs from the model’s', async () => {
    const model = await create()
    const others = [{ mean: [0.5, 0.5, 0.5] }, { resizeMode: 'squash' }, { interpolation: 'nearest' }] as const
    const [shifted, squashed, coarse] = others.map((more) =>
      loaderOf(photos(8), { seed: 3, augmentation: 'none', ...more }),
    )
    expect(() => new Trainer(options(model, { data: shifted! }))).toThrow(/data\.preprocessing\.mean/)
    expect(() => new Trainer(options(model, { data: squashed! }))).toThrow(/data\.preprocessing\.resizeMode/)
    expect(() => new Trainer(options(model, { data: coarse! }))).toThrow(/data\.preprocessing\.interpolation/)
    const same = loaderOf(photos(8), { seed: 3, augmentation: 'none', ...model.preprocessing })
    expect(() => new Trainer(options(model, { data: same }))).not.toThrow()
    model.dispose()
  })
})
