import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dequantizeBlocks, quantizeBlocks, scalesOf, scaleSteps } from '../../src/quantization/int4'

const block = (value: (i: number) => number, length = 32) => Float32Array.from({ length }, (_, i) => value(i))

describe('quantizeBlocks', () => {
  it('puts the first of two values into the lower half of a byte, and 8 for zero', () => {
    const { values, scales } = quantizeBlocks(
      block((i) => (i === 0 ? 7 : i === 1 ? -3 : 0)),
      1,
    )
    expect(scales[0]).toBeCloseTo(1, 2)
    expect([...values]).toEqual([15 | (5 << 4), ...Array<number>(15).fill(0x88)])
  })

  it('gives each block a scale, which is a multiple of the step of its row', () => {
    const matrix = block((i) => (i < 32 ? 7 : i < 64 ? 0.7 : 70) * Math.sin(1 + i), 128)
    const { scales, multiples, steps } = quantizeBlocks(matrix, 2)
    expect(steps).toEqual(scaleSteps(matrix, 2))
    expect(scales).toEqual(scalesOf({ multiples, steps }))
    expect(scales[0]! / scales[1]!).toBeGreaterThan(8)
    expect(Math.max(...multiples)).toBeLessThanOrEqual(255)
  })

  it('keeps a row of zeros', () => {
    expect(dequantizeBlocks(quantizeBlocks(new Float32Array(64), 2))).toEqual(new Float32Array(64))
  })

  it('errs less than with the scale of the largest value', () => {
    const errors = (values: Float32Array, found: Float32Array) =>
      values.reduce((sum, value, i) => sum + (value - found[i]!) ** 2, 0)
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -1, max: 1 }), { minLength: 32, maxLength: 32 }), (given) => {
        const values = Float32Array.from(given, (value) => value ** 3)
        const largest = Math.max(...values.map(Math.abs))
        fc.pre(largest > 1e-20)
        const plain = values.map((value) => (Math.round((value / largest) * 7) * largest) / 7)
        const found = dequantizeBlocks(quantizeBlocks(values, 1))
        expect(errors(values, found)).toBeLessThanOrEqual(errors(values, plain) * 1.01 + 1e-9)
      }),
    )
  })
})
