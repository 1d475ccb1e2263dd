import { describe, expect, it } from 'vitest'
import { chooseRuntime } from '../../src/runtime/device'
import type { DeviceName, RuntimeName } from '../../src/runtime/runtime'

describe('chooseRuntime', () => {
  it('chooses the fastest device that works and says why', async () => {
    const { device } = await chooseRuntime()
    expect(device).toEqual({
      name: 'cpu',
      runtime: 'compiled',
      backend: 'onnxruntime-node',
      reason: expect.stringMatching(
        /^'cpu' with onnxruntime-node is the fastest that works here; tried before: onnxruntime-node \(its CUDA libraries/,
      ),
    })
  })

  it.each([
    ['cpu', 'compiled', 'onnxruntime-node'],
    ['cpu', 'eager', '@tensorflow/tfjs-backend-cpu'],
    ['wasm', 'eager', '@tensorflow/tfjs-backend-wasm'],
  ] as const)('chooses %s, %s, on request', async (device, runtime, backend) => {
    expect((await chooseRuntime({ device, runtime })).device).toMatchObject({
      name: device,
      runtime,
      backend,
      reason: expect.stringMatching(`^device '${device}' was requested, and ${backend} provides it`),
    })
  })

  it('chooses the fastest eager device if only the runtime is requested', async () => {
    expect((await chooseRuntime({ runtime: 'eager' })).device).toMatchObject({ name: 'wasm', runtime: 'eager' })
  })

  it('says what to install when a device is missing', async () => {
    await expect(chooseRuntime({ device: 'cuda' })).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringMatching(/^device 'cuda' is not available: tried .*To fix this: install CUDA 12.*; /),
    })
  })

  it('leaves out where in ONNX Runtime a provider failed', async () => {
    const error = await chooseRuntime({ device: 'webgpu' }).catch((error: Error) => error)
    if (!(error instanceof Error)) return // this machine has a driver for Vulkan
    expect(error.message).toMatch(/tried onnxruntime-node \((?!.*\.cc:\d)[A-Z]/)
  })

  it('lists the devices of the platform if it does not have the requested one', async () => {
    await expect(chooseRuntime({ device: 'webgl' })).rejects.toThrow(
      /this platform has cuda \(compiled\), .*wasm \(eager\)/,
    )
    await expect(chooseRuntime({ device: 'wasm', runtime: 'compiled' })).rejects.toThrow(
      /^device 'wasm' with runtime 'compiled' is not available/,
    )
  })

  it.each([
    [{ device: 'tpu' as DeviceName }, /device: expected one of auto, webgpu/],
    [{ runtime: 'jit' as RuntimeName }, /runtime: expected one of compiled, eager; got "jit"/],
    [{ optimize: 'size' as 'start' }, /optimize: expected one of start, throughput; got "size"/],
  ])('refuses unknown names: %j', async (options, message) => {
    await expect(chooseRuntime(options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
  })
})
