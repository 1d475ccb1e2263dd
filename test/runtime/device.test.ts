import { describe, expect, it } from 'vitest'
import { chooseDevice, type DeviceName } from '../../src/runtime/device'

describe('chooseDevice', () => {
  it('takes the fastest device that works and says why', async () => {
    expect(await chooseDevice()).toEqual({
      name: 'wasm',
      runtime: 'eager',
      backend: 'wasm',
      reason: expect.stringMatching(
        /^'wasm' is the fastest device that works here; tried before: cuda \(.*not installed/,
      ),
    })
  })

  it.each(['wasm', 'cpu'] as const)('takes %s when it is asked for', async (name) => {
    expect(await chooseDevice(name)).toMatchObject({ name, reason: `device '${name}' was asked for` })
  })

  it('says what to install when a device is missing', async () => {
    await expect(chooseDevice('cuda')).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringMatching(/Install @tensorflow\/tfjs-node-gpu/),
    })
  })

  it('says which devices a platform has when it lacks one altogether', async () => {
    await expect(chooseDevice('webgl')).rejects.toThrow(/Devices of this platform: cuda, wasm, cpu/)
  })

  it('refuses names that no device has', async () => {
    await expect(chooseDevice('tpu' as DeviceName)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
