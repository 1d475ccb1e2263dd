/** Quantized weights of every kind: converts floats to them and back. */
import { dequantizeBlocks, quantizeBlocks, type Int4Blocks } from './int4'
import {
  dequantizeColumns,
  dequantizeRows,
  quantizeColumns,
  quantizeRows,
  type Int8Columns,
  type Int8Rows,
} from './int8'

/** A quantized weight. `int8` and `int4`: for products; `int8-rows`: for look-ups and files. */
export type Quantized = Int8Columns | Int8Rows | Int4Blocks

/** Kinds of quantized weights. */
export type QuantizedStorage = Quantized['storage']

/** @param rows the length of the weight's first axis; each row has its own scales */
export function quantize(values: Float32Array, rows: number, storage: QuantizedStorage): Quantized {
  switch (storage) {
    case 'int8':
      return quantizeColumns(values, rows)
    case 'int8-rows':
      return quantizeRows(values, rows)
    case 'int4':
      return quantizeBlocks(values, rows)
  }
}

/** The values as floats, row-major in the weight's shape. */
export function dequantize(quantized: Quantized): Float32Array {
  switch (quantized.storage) {
    case 'int8':
      return dequantizeColumns(quantized)
    case 'int8-rows':
      return dequantizeRows(quantized)
    case 'int4':
      return dequantizeBlocks(quantized)
  }
}
