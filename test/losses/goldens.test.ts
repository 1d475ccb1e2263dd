/** Every loss has the golden value and gradients: eager, compiled, whole and in chunks. */
import { memory, tensor, tidy } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { onEachBackend } from '../ops/backends'
import { errorsOn, lossAndGradients, mapValues, relativeErrors, toleranceOf } from './golden-loss'
import { goldens } from './goldens'

/** Whole, and in blocks with a smaller last one (there are 4 to 7 images). */
const chunkSizes = [
  ['whole', undefined],
  ['in chunks of 4', 4],
] as const
const cases = goldens.map((golden) => [golden.title, golden] as const)

onEachBackend((backend) => {
  describe.each(chunkSizes)('%s', (_, chunkSize) => {
    it.each(cases)('has the golden value and gradients: %s', (_, golden) => {
      const before = memory().numTensors
      const inputs = mapValues(golden.inputs, ({ data, shape }) => tensor(data, shape))
      const results = tidy(() => lossAndGradients(golden, inputs, chunkSize))
      const errors = relativeErrors(
        mapValues(results, (result) => result.dataSync()),
        golden,
      )
      expectSmall(errors, toleranceOf(golden, backend === 'cpu' ? 'float64' : 'float32'))
      for (const tensor of [...Object.values(inputs), ...Object.values(results)]) tensor.dispose()
      expect(memory().numTensors).toBe(before)
    })
  })
})

describe.each(chunkSizes)('compiled, %s', (_, chunkSize) => {
  it.each(cases)('has the golden value and gradients: %s', async (_, golden) => {
    const errors = await errorsOn(golden, { device: 'cpu', runtime: 'compiled' }, chunkSize)
    expectSmall(errors, toleranceOf(golden, 'float32'))
  })
})

function expectSmall(errors: Readonly<Record<string, number>>, tolerance: number): void {
  for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThanOrEqual(tolerance)
}
