import { registerBackend, removeBackend, Tensor } from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu/dist/base'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createEagerParameters } from '../../../src/runtime/eager/parameters'

beforeAll(() => registerBackend('webgpu', () => new MathBackendCPU()))
afterAll(() => removeBackend('webgpu'))

it('never reads a WebGPU device synchronously', async () => {
  const reads = vi.spyOn(Tensor.prototype, 'dataSync')
  const parameters = createEagerParameters('webgpu')
  const data = Float32Array.of(1, 2)
  parameters.set('proj', { data, shape: [2] })
  parameters.set('logit_scale', { data: Float32Array.of(4), shape: [] })
  expect(parameters.read('logit_scale')).toEqual(Float32Array.of(4))
  expect(() => parameters.read('proj')).toThrow(expect.objectContaining({ code: 'READ_ASYNC' }))
  expect(() => parameters.read('proj')).toThrow(/proj: .*Use await model\.parameters\.get\('proj'\)\.read\(\)/)
  expect(await parameters.readLater('proj')).toEqual(data)
  expect(reads).not.toHaveBeenCalled()
})
