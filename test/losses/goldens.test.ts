/** Every loss has the golden value and gradients: eager, compiled, whole and in chunks. */
import { memory, tensor, valueAndGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/index'
import { onEachBackend } from '../ops/backends'
import { largestDifference } from '../ops/compare'
import { goldens, type InputName } from './goldens'

type Golden = (typeof goldens)[number]
type Computed = Record<string, ArrayLike<number>>

/** Whole, and in blocks of which the last one is smaller (4, 5 and 6 images). */
const chunkSizes = [undefined, 4]

onEachBackend(() => {
  describe.each(chunkSizes)('in chunks of %s', (chunkSize) => {
    it.each(goldens.map((golden) => [golden.title, golden] as const))('%s', (_, golden) => {
      const before = memory().numTensors
      const names = inputsOf(golden)
      const inputs = names.map((name) => tensor(golden.inputs[name].data, golden.inputs[name].shape))
      const { value, grads } = valueAndGrads(lossOf(golden, chunkSize))(inputs)
      const gradients = names.map((name, i) => [name, grads[i]!.dataSync()] as const)
      expectGolden({ value: value.dataSync(), ...Object.fromEntries(gradients) }, golden)
      for (const tensor of [...inputs, value, ...grads]) tensor.dispose()
      expect(memory().numTensors).toBe(before)
    })
  })
})

describe.each(chunkSizes)('compiled, in chunks of %s', (chunkSize) => {
  it.each(goldens.map((golden) => [golden.title, golden] as const))('%s', async (_, golden) => {
    const names = inputsOf(golden)
    const step = compile(
      (inputs: Record<string, Tensor>) => {
        const { value, grads } = valueAndGrads(lossOf(golden, chunkSize))(names.map((name) => inputs[name]!))
        return { value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]!])) } as Record<string, Tensor>
      },
      Object.fromEntries(names.map((name) => [name, { shape: golden.inputs[name].shape }])),
      { device: 'cpu', runtime: 'compiled' },
    )
    const values = names.map((name) => [name, Float32Array.from(golden.inputs[name].data)])
    const results = await step(Object.fromEntries(values) as Record<string, Float32Array>)
    step.dispose()
    expectGolden(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data])), golden)
  })
})

/** The inputs that the loss depends on. */
function inputsOf(golden: Golden): InputName[] {
  return Object.keys(golden.gradients) as InputName[]
}

/** The loss as a function of those. */
function lossOf(golden: Golden, chunkSize?: number) {
  const names = inputsOf(golden)
  return (...tensors: Tensor[]): Scalar => {
    const named = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))
    return golden.loss(named as Record<InputName, Tensor>, chunkSize)
  }
}

function expectGolden(computed: Computed, golden: Golden): void {
  const expected = { value: [golden.value], ...mapData(golden.gradients) }
  for (const [name, values] of Object.entries(expected)) {
    const largest = Math.max(...values.map(Math.abs))
    expect(largestDifference(computed[name]!, values), name).toBeLessThanOrEqual(golden.tolerance * largest)
  }
}

function mapData(gradients: Golden['gradients']): Record<string, number[]> {
  return Object.fromEntries(Object.entries(gradients).map(([name, { data }]) => [name, data]))
}
