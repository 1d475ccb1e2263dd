import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, type ConfigInput, type CreateOptions } from '../../src/index'

const config = {
  embed_dim: 16,
  vision_cfg: { image_size: 32, layers: 1, width: 64, head_width: 16, patch_size: 16 },
  text_cfg: { context_length: 12, vocab_size: 300, width: 32, heads: 2, layers: 1 },
}
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dreamlip-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fingerprintOf(options: CreateOptions, of: ConfigInput = config): Promise<string> {
  using model = await DreamLIP.create(of, options)
  return await model.fingerprint()
}

describe('model.fingerprint', () => {
  it('is the same on every device, in a worker, and after saving and loading', async () => {
    const expected = await fingerprintOf({ seed: 1 })
    expect(expected).toMatch(/^[0-9a-f]{64}$/)
    expect(await fingerprintOf({ seed: 1, device: 'wasm' })).toBe(expected)
    expect(await fingerprintOf({ seed: 1, worker: true })).toBe(expected)
    const path = join(folder, 'model.safetensors')
    using model = await DreamLIP.create(config, { seed: 1 })
    await model.save(path)
    using loaded = await DreamLIP.load(path)
    expect(await loaded.fingerprint()).toBe(expected)
  })

  it('differs for other weights, another type of the weights, and another config', async () => {
    const all = await Promise.all([
      fingerprintOf({ seed: 1 }),
      fingerprintOf({ seed: 2 }),
      fingerprintOf({ seed: 1, dtype: 'float16' }),
      fingerprintOf({ seed: 1 }, { ...config, quick_gelu: true }),
    ])
    expect(new Set(all).size).toBe(4)
  })

  it('differs for another preprocessing', async () => {
    const path = join(folder, 'gray.safetensors')
    using model = await DreamLIP.create(config, { seed: 1 })
    await model.save(path)
    using gray = await DreamLIP.load(path, { preprocessing: { mean: [0.5, 0.5, 0.5] } })
    expect(await gray.fingerprint()).not.toBe(await model.fingerprint())
  })

  it('rejects if the model is disposed meanwhile', async () => {
    const model = await DreamLIP.create(config)
    const calculated = model.fingerprint()
    model.dispose()
    await expect(calculated).rejects.toMatchObject({ code: 'DISPOSED' })
  })

  it('stops when it is aborted', async () => {
    using model = await DreamLIP.create(config)
    await expect(model.fingerprint({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})
