import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, dequantizeColumns, quantizeColumns } from '../../src/quantization/int8'

describe('quantize', () => {
  it('gives each row a scale and lays the integers out transposed', () => {
    const { values, scales } = quantizeColumns(Float32Array.of(1.27, -0.64, 0, 2.54, 0.02, -2.54), 2)
    expect(scales[0]).toBeCloseTo(0.01)
    expect(scales[1]).toBeCloseTo(0.02)
    expect(values).toEqual(Int8Array.of(127, 127, -64, 1, 0, -127))
  })

  it('keeps a row of zeros', () => {
    const zeros = quantizeColumns(new Float32Array(6), 2)
    expect(dequantizeColumns(zeros)).toEqual(new Float32Array(6))
  })

  it('is at most half a step away from every value', () => {
    const rows = fc.integer({ min: 1, max: 5 })
    const values = fc.array(fc.float({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(rows, values, (count, row) => {
        const matrix = Float32Array.from({ length: count * row.length }, (_, i) => row[i % row.length]! * (1 + i))
        const made = quantizeColumns(matrix, count)
        dequantizeColumns(made).forEach((value, i) => {
          const step = made.scales[Math.floor(i / row.length)]!
          expect(Math.abs(value - matrix[i]!)).toBeLessThanOrEqual(step * 0.5001 + 1e-30)
        })
      }),
    )
  })
})

describe('columnsOf', () => {
  it('cuts columns out of a matrix', () => {
    expect(columnsOf(Int8Array.of(1, 2, 3, 4, 5, 6), 3, 1, 3)).toEqual(Int8Array.of(2, 3, 5, 6))
  })
})
