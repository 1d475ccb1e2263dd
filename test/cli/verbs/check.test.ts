/** `dreamlip check`, run as a process. */
import { describe, expect, it } from 'vitest'
import type { Machine } from '../../../src/index.node.ts'
import { softwareVulkan } from '../../software-vulkan'
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

  it('describes the machine in words', async () => {
    const { stdout } = await run(['check', '-m', model], { env: { HF_TOKEN: 'hf_abc' } })
    expect(stdout).toMatch(/^dreamlip \d+\.\d+\.\d+\S*, Node \d+\.\d+\.\d+, /m)
    expect(stdout).toMatch(/^ {2}cpu \(compiled, onnxruntime-node\) +works$/m)
    expect(stdout).toMatch(/^ {2}cuda \(compiled, onnxruntime-node\) +no: its CUDA libraries/m)
    expect(stdout).toMatch(/^ {2}sharp +\d\S+ \(libvips \d\S+: jpeg, png,/m)
    expect(stdout).toMatch(/^ {2}HF_TOKEN=\(set, not shown\)$/m)
    expect(stdout).not.toContain('hf_abc')
  })

  it('describes the machine even if the device that was asked for is missing', async () => {
    const { code, document } = await runJson<{ machine: Machine }>(['check', '-m', model, '--device', 'cuda'])
    expect(code).toBe(1)
    expect(document).toMatchObject({ ok: false, error: { code: 'DEVICE_UNAVAILABLE' }, model, dtype: 'float32' })
    expect(document.machine.devices.map(({ name, backend }) => `${name}, ${backend}`)).toEqual([
      'cuda, onnxruntime-node',
      'cuda, @tensorflow/tfjs-node-gpu',
      'webgpu, onnxruntime-node',
      'cpu, onnxruntime-node',
      'cpu, @tensorflow/tfjs-node',
      'wasm, @tensorflow/tfjs-backend-wasm',
      'cpu, @tensorflow/tfjs-backend-cpu',
    ])
  })

  it.skipIf(!softwareVulkan)('finds WebGPU in software, and `auto` does not use it', async () => {
    const env = softwareVulkan as Record<string, string>
    const { document } = await runJson<{ machine: Machine }>(['check', '-m', model], { env })
    expect(document).toMatchObject({ ok: true, device: { name: 'cpu', backend: 'onnxruntime-node' } })
    const webgpu = document.machine.devices.find(({ name }) => name === 'webgpu')
    expect(webgpu).toEqual({ name: 'webgpu', runtime: 'compiled', backend: 'onnxruntime-node' })
  })
})
