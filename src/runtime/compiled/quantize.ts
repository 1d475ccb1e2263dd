/** Matrices as 8-bit integers with a scale for each row, laid out as integer products take them: transposed. */

/** The largest magnitude: symmetric, so that zero stays zero. */
const largest = 127

/** Rows of smaller values count as zeros: the reciprocals of their scales would overflow. */
const smallest = 1e-30

/** A matrix `[rows, columns]` of 8-bit integers. */
export interface Quantized {
  /** `[columns, rows]` */
  readonly quantized: Int8Array
  /** What the integers of a row are multiplied with: `[rows]` */
  readonly scales: Float32Array
}

/** Rows that are laid out together: as many as stay in the processor's cache while columns are written. */
const rowsAtOnce = 64

/** The nearest multiples of each row's scale: `[rows, columns]` row-major. */
export function quantize(values: Float32Array, rows: number): Quantized {
  const columns = values.length / rows
  const quantized = new Int8Array(values.length)
  const scales = new Float32Array(rows)
  const inverses = new Float32Array(rows)
  for (let r = 0; r < rows; r++) {
    let magnitude = 0
    for (let i = r * columns; i < (r + 1) * columns; i++) magnitude = Math.max(magnitude, Math.abs(values[i]!))
    if (magnitude < smallest) continue
    scales[r] = magnitude / largest
    inverses[r] = largest / magnitude
  }
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const end = Math.min(first + rowsAtOnce, rows)
    for (let c = 0; c < columns; c++) {
      for (let r = first; r < end; r++) {
        quantized[c * rows + r] = Math.round(values[r * columns + c]! * inverses[r]!)
      }
    }
  }
  return { quantized, scales }
}

/** The values that `quantize` stands for: `[rows, columns]` row-major. */
export function dequantize({ quantized, scales }: Quantized): Float32Array {
  const rows = scales.length
  const columns = quantized.length / rows
  const values = new Float32Array(quantized.length)
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < rows; r++) values[r * columns + c] = quantized[c * rows + r]! * scales[r]!
  }
  return values
}

/** Columns of a matrix that is `width` wide: `[n, width] → [n, to - from]`. */
export function columnsOf(matrix: Int8Array, width: number, from: number, to: number): Int8Array {
  const height = matrix.length / width
  const columns = new Int8Array(height * (to - from))
  for (let i = 0; i < height; i++) columns.set(matrix.subarray(i * width + from, i * width + to), i * (to - from))
  return columns
}
