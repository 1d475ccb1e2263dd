import { describe, expect, it } from 'vitest'
import { resizeBilinear } from '../../../src/inference/dense/bilinear'
import cases from '../../fixtures/inference/bilinear.json'

describe('resizeBilinear', () => {
  it.each(cases)('equals PyTorch from $size to $to', ({ size, to, map, stride, expected }) => {
    const result = resizeBilinear(Float32Array.from(map), size as [number, number], to as [number, number])
    expect(result).toHaveLength(to[0]! * to[1]!)
    expected.forEach((value, i) => expect(result[i * stride]).toBeCloseTo(value, 5))
  })
})
