/** Rows of a matrix as 8-bit integers with a scale each. */

/** The largest magnitude: symmetric, so that zero stays zero. */
const largest = 127

/** `values ≈ quantized · scale of the row`: `[rows, columns]` row-major, scales `[rows]`. */
export function quantizeRows(values: Float32Array, rows: number): { quantized: Int8Array; scales: Float32Array } {
  const columns = values.length / rows
  const quantized = new Int8Array(values.length)
  const scales = new Float32Array(rows)
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * columns, (r + 1) * columns)
    let magnitude = 0
    for (const value of row) magnitude = Math.max(magnitude, Math.abs(value))
    scales[r] = magnitude / largest
    if (magnitude === 0) continue
    const inverse = largest / magnitude
    for (let c = 0; c < columns; c++) quantized[r * columns + c] = Math.round(row[c]! * inverse)
  }
  return { quantized, scales }
}

/** The values that `quantizeRows` stands for. */
export function dequantizeRows(quantized: Int8Array, scales: Float32Array): Float32Array {
  const columns = quantized.length / scales.length
  return Float32Array.from(quantized, (value, i) => value * scales[Math.floor(i / columns)]!)
}
