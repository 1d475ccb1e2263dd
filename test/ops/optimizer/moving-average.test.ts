/** The moving average of weights, op by op and in a graph, where the host computes it. */
import { add, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { movingAverage } from '../../../src/ops/optimizer/moving-average'
import { chooseRuntime } from '../../../src/runtime/device'

const runtimes = await Promise.all([
  chooseRuntime({ device: 'cpu', runtime: 'eager' }),
  chooseRuntime({ device: 'wasm' }),
  chooseRuntime({ device: 'cpu', runtime: 'compiled' }),
])

it.each(runtimes.map((runtime) => [`${runtime.device.runtime} on ${runtime.device.name}`, runtime] as const))(
  'keeps the decay’s share of the average and takes the rest from the value, %s',
  async (_, runtime) => {
    const held = runtime.createParameters()
    held.set('average', { data: Float32Array.of(1, 2, -4), shape: [3] })
    const program = runtime.prepareUpdate(
      ({ value }: { value: Tensor }, parameters) => ({
        outputs: { twice: add(value, value) }, // a graph needs more than the host's nodes
        updates: new Map([['average', movingAverage(parameters.get('average')!, value, 0.75)]]),
      }),
      [held],
    )
    await program.run({ value: { data: Float32Array.of(5, 2, 0), shape: [3] } })
    expect([...held.read('average')]).toEqual([2, 2, -3])
    await program.run({ value: { data: Float32Array.of(10, 2, 1), shape: [3] } })
    expect([...held.read('average')]).toEqual([4, 2, -2])
  },
)
