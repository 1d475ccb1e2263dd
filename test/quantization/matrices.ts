import fc from 'fast-check'
import { quantizeColumns } from '../../src/quantization/int8'

/** Random matrices of 8-bit integers. */
export const matrices = fc
  .array(fc.tuple(fc.float({ noNaN: true, min: -1e3, max: 1e3 }), fc.float({ noNaN: true, min: -1, max: 1 })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((rows) => quantizeColumns(Float32Array.from(rows.flat()), rows.length))
