/** `dreamlip check`, run as a process. */
import { describe, expect, it } from 'vitest'
import { model, run, runJson } from '../command'

describe('dreamlip check', () => {
  it('says how much the device differs from a plain CPU', async () => {
    const { code, document } = await runJson<{ image: { cosine: number } }>([
      'check',
      '-m',
      model,
      '--dtype',
      'float16',
    ])
    expect(code).toBe(0)
    expect(document).toMatchObject({
      ok: true,
      dtype: 'float16',
      device: { backend: 'onnxruntime-node' },
      reference: { backend: '@tensorflow/tfjs-backend-wasm' },
    })
    expect(document.image.cosine).toBeGreaterThan(0.9999)
  })

  it('prints the same as text', async () => {
    const { stdout } = await run(['check', '-m', model, '--device', 'wasm'])
    expect(stdout).toMatch(/^ok: wasm \(eager, @tensorflow\/tfjs-backend-wasm\) compared with cpu/)
    expect(stdout).toMatch(/^ {2}images {2}cosine 1\.0000000, values differ by up to \d\.\de-\d+$/m)
  })
})
