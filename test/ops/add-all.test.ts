import { grad, scalar, tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addAll } from '../../src/ops/add-all'
import { onEachBackend } from './backends'

onEachBackend(() => {
  it('addAll adds up any number of tensors', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 120 }), (numbers) => {
        const sum = addAll(numbers.map((number) => tensor1d([number, 1])))
        expect([...sum.dataSync()]).toEqual([numbers.reduce((a, b) => a + b), numbers.length])
      }),
      { numRuns: 20 },
    )
  })

  it('addAll passes the gradient on to each', () => {
    const twentyTimes = (x: Tensor) => addAll(Array.from({ length: 20 }, () => x))
    expect(grad(twentyTimes)(scalar(2)).dataSync()[0]).toBe(20)
  })
})
