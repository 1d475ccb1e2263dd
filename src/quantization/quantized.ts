/** Quantized weights of every kind: from floats, and back. */
import { dequantizeColumns, dequantizeRows, quantizeColumns, quantizeRows, type Int8Columns, type Int8Rows } from './int8'

/** A quantized weight. `int8`: for products with integers; `int8-rows`: for look-ups and files. */
export type Quantized = Int8Columns | Int8Rows

/** Kinds of quantized weights. */
export type QuantizedStorage = Quantized['storage']

/** @param rows the length of the weight's first axis; each row has its own scale */
export function quantize(values: Float32Array, rows: number, storage: QuantizedStorage): Quantized {
  switch (storage) {
    case 'int8':
      return quantizeColumns(values, rows)
    case 'int8-rows':
      return quantizeRows(values, rows)
  }
}

/** The values as floats, row-major in the weight's shape. */
export function dequantize(quantized: Quantized): Float32Array {
  switch (quantized.storage) {
    case 'int8':
      return dequantizeColumns(quantized)
    case 'int8-rows':
      return dequantizeRows(quantized)
  }
}
