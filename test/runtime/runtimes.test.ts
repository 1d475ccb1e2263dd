/** The required behaviour of every runtime in Node. */
import { add, engine, getBackend, memory, mul, setBackend, type Tensor } from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { chooseRuntime } from '../../src/runtime/device'
import type { HostArray } from '../../src/runtime/runtime'

const runtimes = await Promise.all([
  chooseRuntime({ device: 'cpu', runtime: 'compiled' }),
  chooseRuntime({ device: 'cpu', runtime: 'compiled', optimize: 'throughput' }),
  chooseRuntime({ device: 'cpu', runtime: 'eager' }),
  chooseRuntime({ device: 'wasm' }),
])
const x: HostArray = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }
const weight: HostArray = { data: Float32Array.of(10, 20, 30, 40), shape: [2, 2] }

beforeEach(async () => {
  await setBackend('cpu')
})

describe.each(
  runtimes.map((runtime, i) => [`${runtime.device.name}, ${runtime.device.runtime} (${i})`, runtime] as const),
)('the runtime on %s', (_, runtime) => {
  it('runs a function and leaves the active backend active', async () => {
    const program = runtime.prepare(({ x }) => ({ sum: add(x!, 1) }))
    expect(await program.run({ x })).toEqual({ sum: { data: Float32Array.of(2, 3, 4, 5), shape: [2, 2] } })
    expect(getBackend()).toBe('cpu')
  })

  it('uses the current values of parameters', async () => {
    const parameters = runtime.createParameters()
    parameters.set('weight', weight)
    const program = runtime.prepare(({ x }, weights) => ({ product: mul(x!, weights.get('weight')!) }), parameters)
    expect((await program.run({ x })).product.data).toEqual(Float32Array.of(10, 40, 90, 160))
    expect(parameters.names).toEqual(['weight'])
    expect(parameters.shape('weight')).toEqual([2, 2])
    expect(parameters.read('weight')).toEqual(weight.data)
  })

  it('replaces parameters by the results of a run, and other programs see them', async () => {
    const [weights, sums] = [runtime.createParameters(), runtime.createParameters()]
    weights.set('weight', { ...weight, data: weight.data.slice() })
    sums.set('sum', { data: new Float32Array(4), shape: [2, 2] })
    const reading = runtime.prepare(({ x }, held) => ({ product: mul(x!, held.get('weight')!) }), weights)
    const updating = runtime.prepareUpdate(
      ({ x }, held) => {
        const next = mul(held.get('weight')!, x!)
        return {
          outputs: { before: add(held.get('weight')!, 0) },
          updates: new Map([
            ['weight', next],
            ['sum', add(held.get('sum')!, next)],
          ]),
        }
      },
      [weights, sums],
    )
    expect((await reading.run({ x })).product.data).toEqual(Float32Array.of(10, 40, 90, 160))
    const twice: HostArray = { data: new Float32Array(4).fill(2), shape: [2, 2] }
    expect((await updating.run({ x: twice })).before.data).toEqual(weight.data)
    expect((await updating.run({ x: twice })).before.data).toEqual(Float32Array.of(20, 40, 60, 80))
    expect(weights.read('weight')).toEqual(Float32Array.of(40, 80, 120, 160))
    expect(sums.read('sum')).toEqual(Float32Array.of(60, 120, 180, 240))
    expect((await reading.run({ x })).product.data).toEqual(Float32Array.of(40, 160, 360, 640))
  })

  it('reads scalars synchronously, with their updated values', async () => {
    const parameters = runtime.createParameters()
    parameters.set('scale', { data: Float32Array.of(3), shape: [] })
    expect(parameters.read('scale')).toEqual(Float32Array.of(3))
    const doubling = runtime.prepareUpdate(
      ({ x }, held) => ({ outputs: { x: x! }, updates: new Map([['scale', mul(held.get('scale')!, 2)]]) }),
      [parameters],
    )
    await doubling.run({ x })
    await doubling.run({ x })
    expect(parameters.read('scale')).toEqual(Float32Array.of(12))
    expect(await parameters.readLater('scale')).toEqual(Float32Array.of(12))
  })

  it('accepts inputs of any shape', async () => {
    const program = runtime.prepare(({ x }) => ({ twice: mul(x!, 2) }))
    for (const size of [1, 3, 2, 3, 1]) {
      const { twice } = await program.run({ x: { data: new Float32Array(size).fill(4), shape: [size] } })
      expect(twice).toEqual({ data: new Float32Array(size).fill(8), shape: [size] })
    }
  })

  it('keeps overlapping runs separate', async () => {
    const program = runtime.prepare(({ x }) => ({ twice: mul(x!, 2) }))
    const runs = Array.from({ length: 20 }, (_, i) =>
      program.run({ x: { data: Float32Array.of(i), shape: i % 2 ? [1] : [1, 1] } }),
    )
    expect((await Promise.all(runs)).map(({ twice }) => twice.data[0])).toEqual(runs.map((_, i) => 2 * i))
  })

  it('frees what a run allocates, even if the function throws', async () => {
    const before = memory().numTensors
    await runtime.prepare(({ x }) => ({ out: mul(add(x!, 1), 2) })).run({ x })
    const failing = runtime.prepare(({ x }): Record<string, Tensor> => {
      add(x!, 1)
      throw new Error('inside')
    })
    await expect(failing.run({ x })).rejects.toThrow('inside')
    expect(memory().numTensors).toBe(before)
    expect(engine().state.numDataBuffers).toBe(memory().numDataBuffers)
  })
})
