/** Quantized weights in recorded graphs: looked up, cut, and as floats for operations without an integer form. */
import { add, gather, slice, tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { createStoredParameters } from '../../../src/runtime/compiled/arrays/parameters'
import { chooseRuntime } from '../../../src/runtime/device'

const shape = [6, 64]
const data = Float32Array.from({ length: 6 * 64 }, (_, i) => Math.sin(i) * (1 + (i % 5)))
const one = { data: Float32Array.of(1), shape: [1] }

describe.each([
  ['int8', 'int8', false],
  ['int8 plus 128', 'int8', true],
  ['int8-rows', 'int8-rows', false],
  ['int4', 'int4', false],
] as const)('a weight stored as %s', async (_, storage, unsigned) => {
  const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  const parameters = createStoredParameters(unsigned)
  parameters.set('weight', { data, shape }, storage)
  const stored = parameters.read('weight')
  const run = async (fn: (weight: Tensor) => Tensor) => {
    const program = runtime.prepare(
      ({ one }, weights) => ({ y: add(fn(weights.get('weight')!), one as Tensor) }),
      parameters,
    )
    const { y } = await program.run({ one })
    program.dispose()
    return (y.data as Float32Array).map((value) => value - 1)
  }
  const rowsOf = (...rows: number[]) => rows.flatMap((row) => [...stored.subarray(row * 64, (row + 1) * 64)])
  const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
    expect(actual.length).toBe(expected.length)
    for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5)
  }

  it('has the stored values as floats', async () => expectClose(await run((weight) => weight), stored))

  it('gives rows by their ids', async () => {
    expectClose(await run((weight) => gather(weight, tensor1d([4, 0, 4], 'int32'))), rowsOf(4, 0, 4))
  })

  it('gives neighbouring rows', async () => {
    expectClose(await run((weight) => slice(weight, [2, 0], [3, 64])), rowsOf(2, 3, 4))
  })
})
