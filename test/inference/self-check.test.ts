import { mul, neg, scalar, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { createEncoder, type Encoder } from '../../src/inference/encoder'
import { compareWith } from '../../src/inference/self-check'
import { parseConfig } from '../../src/models/config/config'
import { createModel } from '../../src/models/parameters'
import { chooseRuntime } from '../../src/runtime/device'
import type { Runtime } from '../../src/runtime/runtime'

const config = parseConfig({
  embed_dim: 16,
  vision_cfg: { image_size: 32, layers: 2, width: 64, head_width: 16, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 300, width: 32, heads: 2, layers: 2 },
})
let [device, reference] = [] as unknown as [Runtime, Runtime]
beforeAll(async () => {
  device = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  reference = await chooseRuntime({ device: 'wasm' })
})

type Weights = ReadonlyMap<string, Tensor>

/** A device that silently computes with wrong weights. */
function broken(runtime: Runtime, change: (weights: Weights) => Weights): Runtime {
  return {
    ...runtime,
    prepare: (fn, parameters) => runtime.prepare((inputs, weights) => fn(inputs, change(weights)), parameters),
  }
}

function changed(name: string, change: (weight: Tensor) => Tensor) {
  return (weights: Weights) => new Map(weights).set(name, change(weights.get(name)!))
}

function encoderOn(runtime: Runtime): Encoder {
  const parameters = runtime.createParameters()
  for (const [name, values] of createModel(config, { seed: 3 }).parameters) parameters.set(name, values)
  return createEncoder(config, runtime, parameters)
}

describe('compareWith', () => {
  it('agrees with a correct device', async () => {
    const found = await compareWith(reference, encoderOn(device), 'float32')
    expect(found).toMatchObject({ ok: true, required: 0.9999, device: device.device, reference: reference.device })
    for (const { cosine, largestDifference } of [found.image, found.text]) {
      expect(cosine).toBeGreaterThan(0.999999)
      expect(largestDifference).toBeLessThan(1e-5)
    }
  })

  it('gives the same numbers each time', async () => {
    const [a, b] = [
      await compareWith(reference, encoderOn(device), 'float32'),
      await compareWith(reference, encoderOn(device), 'float32'),
    ]
    expect([a.image, a.text]).toEqual([b.image, b.text])
  })

  it.each([
    ['leaves out a bias', 'visual.transformer.resblocks.1.mlp.c_fc.bias', zerosLike],
    ['turns a sign', 'visual.ln_post.weight', neg],
  ] as const)('detects a device that %s of the image tower', async (_, name, change) => {
    const found = await compareWith(reference, encoderOn(broken(device, changed(name, change))), 'float32')
    expect(found.ok).toBe(false)
    expect(found.image.cosine).toBeLessThan(0.9999)
    expect(found.text.cosine).toBeGreaterThan(0.999999)
  })

  it('detects a device whose text tower ignores positions', async () => {
    const wrong = broken(device, changed('positional_embedding', zerosLike))
    const found = await compareWith(reference, encoderOn(wrong), 'float32')
    expect(found.ok).toBe(false)
    expect(found.image.cosine).toBeGreaterThan(0.999999)
  })

  it('detects a device that gives NaN', async () => {
    const wrong = broken(
      device,
      changed('visual.ln_post.bias', (weight) => mul(weight, scalar(NaN))),
    )
    const found = await compareWith(reference, encoderOn(wrong), 'float32')
    expect(found.ok).toBe(false)
    expect(found.image).toEqual({ cosine: NaN, largestDifference: NaN })
  })

  it('can be aborted', async () => {
    const signal = AbortSignal.abort()
    await expect(compareWith(reference, encoderOn(device), 'float32', { signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('DreamLIP.selfCheck', () => {
  it.each([
    ['float32', 'cpu', 'compiled', '@tensorflow/tfjs-backend-wasm', 0.9999],
    ['int8', 'cpu', 'compiled', '@tensorflow/tfjs-backend-wasm', 0.995],
    ['float16', 'wasm', 'eager', '@tensorflow/tfjs-backend-cpu', 0.9999],
    ['int8', 'cpu', 'eager', '@tensorflow/tfjs-backend-wasm', 0.9999],
  ] as const)('compares %s on %s, %s, with another backend', async (dtype, name, runtime, backend, required) => {
    const model = await DreamLIP.create(config, { dtype, device: name, runtime })
    const steps: number[] = []
    const found = await model.selfCheck({
      onProgress: ({ stage, done, total }) => stage === 'check' && steps.push(done / total),
    })
    model.dispose()
    expect(found).toMatchObject({ ok: true, required, device: { name, runtime }, reference: { backend } })
    expect(found.seconds).toBeGreaterThan(0)
    expect(steps.at(-1)).toBe(1)
    await expect(model.selfCheck()).rejects.toMatchObject({ code: 'DISPOSED' })
  })
})
