/** Every loss has the golden value and gradients: eager, compiled, whole and in chunks. */
import { memory, tensor, tidy, valueAndGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/index'
import { onEachBackend } from '../ops/backends'
import { largestDifference } from '../ops/compare'
import { goldens, type Golden } from './goldens'

/** Whole, and in blocks of which the last one is smaller (there are 4 to 7 images). */
const chunkSizes = [undefined, 4]
const cases = goldens.map((golden) => [golden.title, golden] as const)

onEachBackend(() => {
  describe.each(chunkSizes)('in chunks of %s', (chunkSize) => {
    it.each(cases)('%s', (_, golden) => {
      const before = memory().numTensors
      const inputs = mapValues(golden.inputs, ({ data, shape }) => tensor(data, shape))
      const results = tidy(() => lossAndGradients(golden, inputs, chunkSize))
      expectGolden(
        mapValues(results, (result) => result.dataSync()),
        golden,
      )
      for (const tensor of [...Object.values(inputs), ...Object.values(results)]) tensor.dispose()
      expect(memory().numTensors).toBe(before)
    })
  })
})

describe.each(chunkSizes)('compiled, in chunks of %s', (chunkSize) => {
  it.each(cases)('%s', async (_, golden) => {
    const step = compile(
      (inputs) => lossAndGradients(golden, inputs, chunkSize),
      mapValues(golden.inputs, ({ shape }) => ({ shape })),
      { device: 'cpu', runtime: 'compiled' },
    )
    const results = await step(mapValues(golden.inputs, ({ data }) => Float32Array.from(data)))
    step.dispose()
    expectGolden(
      mapValues(results, ({ data }) => data),
      golden,
    )
  })
})

/** The loss as `value`, and the gradients by the names of their inputs. */
function lossAndGradients(golden: Golden, inputs: Record<string, Tensor>, chunkSize?: number): Record<string, Tensor> {
  const names = Object.keys(golden.gradients)
  const loss = (...tensors: Tensor[]): Scalar => {
    const varied = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))
    return golden.loss({ ...inputs, ...varied }, chunkSize)
  }
  const { value, grads } = valueAndGrads(loss)(names.map((name) => inputs[name]!))
  return { value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]!])) }
}

function expectGolden(computed: Record<string, ArrayLike<number>>, golden: Golden): void {
  const expected = { value: [golden.value], ...mapValues(golden.gradients, ({ data }) => data) }
  for (const [name, values] of Object.entries(expected)) {
    const largest = Math.max(...values.map(Math.abs))
    expect(largestDifference(computed[name]!, values), name).toBeLessThanOrEqual(golden.tolerance * largest)
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]))
}
