import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toSigned, toUnsigned } from '../../src/quantization/unsigned'
import { matrices } from './matrices'

it('A matrix of integers is the same after 128 was added and subtracted', () => {
  fc.assert(fc.property(matrices, (matrix) => void expect(toSigned(toUnsigned(matrix))).toEqual(matrix)))
})
