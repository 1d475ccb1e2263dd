import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dequantizeColumns, type Int8Columns } from '../../src/quantization/int8'
import { toSevenBits } from '../../src/quantization/seven-bits'
import { matrices } from './matrices'

it('A matrix in seven bits has integers from -64 to 64, at most one old step from the old values', () => {
  const check = (matrix: Int8Columns) => {
    const seven = toSevenBits(matrix)
    expect(seven.values.every((value) => Math.abs(value) <= 64)).toBe(true)
    const [before, after] = [dequantizeColumns(matrix), dequantizeColumns(seven)]
    const columns = before.length / matrix.scales.length
    after.forEach((value, i) => {
      expect(Math.abs(value - before[i]!)).toBeLessThanOrEqual(matrix.scales[Math.floor(i / columns)]! * 1.0001)
    })
  }
  fc.assert(fc.property(matrices, check))
})
