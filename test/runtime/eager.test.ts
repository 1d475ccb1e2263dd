import { add, engine, getBackend, memory, mul, setBackend, type Tensor } from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { chooseDevice } from '../../src/runtime/device'
import { createEagerRuntime } from '../../src/runtime/eager'

const cpu = createEagerRuntime(await chooseDevice('cpu'))
const wasm = createEagerRuntime(await chooseDevice('wasm'))
const x = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }

beforeEach(async () => {
  await setBackend('cpu')
})

describe.each([
  ['cpu', cpu],
  ['wasm', wasm],
])('the eager runtime on %s', (name, runtime) => {
  it('runs a function on its backend and leaves the active one active', async () => {
    let seen = ''
    const { sum } = await runtime.run({ x }, (inputs) => {
      seen = getBackend()
      return { sum: add(inputs['x']!, 1) }
    })
    expect(seen).toBe(name)
    expect(getBackend()).toBe('cpu')
    expect(sum).toEqual(Float32Array.of(2, 3, 4, 5))
  })

  it('uses tensors that were placed before', async () => {
    const weight = runtime.place({ data: Float32Array.of(10, 20, 30, 40), shape: [2, 2] })
    const { product } = await runtime.run({ x }, (inputs) => ({ product: mul(inputs['x']!, weight) }))
    expect(product).toEqual(Float32Array.of(10, 40, 90, 160))
    weight.dispose()
  })

  it('frees everything but what was placed, also when the function throws', async () => {
    const before = memory().numTensors
    await runtime.run({ x }, (inputs) => ({ out: mul(add(inputs['x']!, 1), 2) }))
    const failing = runtime.run({ x }, (inputs): Record<string, Tensor> => {
      add(inputs['x']!, 1)
      throw new Error('inside')
    })
    await expect(failing).rejects.toThrow('inside')
    expect(memory().numTensors).toBe(before)
    expect(engine().state.numDataBuffers).toBe(memory().numDataBuffers)
  })
})
