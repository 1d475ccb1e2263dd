/** Matrices of 8-bit integers with a scale for each row, transposed as integer products need them. */

/** The largest magnitude. The range is symmetric, so that zero stays zero. */
const largest = 127

/** Rows with smaller values become zeros, because the reciprocals of their scales would overflow. */
const smallest = 1e-30

/** A matrix `[rows, columns]` of 8-bit integers. */
export interface Quantized {
  /** `[columns, rows]` */
  readonly quantized: Int8Array
  /** The factor of each row: `[rows]` */
  readonly scales: Float32Array
}

/** How many rows are transposed together: as many as stay in the processor's cache while columns are written. */
const rowsAtOnce = 16

/** Rounds each row to multiples of its scale: `[rows, columns]` row-major. */
export function quantize(values: Float32Array, rows: number): Quantized {
  const columns = values.length / rows
  const quantized = new Int8Array(values.length)
  const scales = new Float32Array(rows)
  const strip = new Int8Array(rowsAtOnce * columns) // [rows at once, columns]
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first)
    for (let r = 0; r < count; r++) {
      const row = values.subarray((first + r) * columns, (first + r + 1) * columns)
      scales[first + r] = quantizeRow(row, strip, r * columns)
    }
    transposeInto(quantized, rows, first, strip, count, columns)
  }
  return { quantized, scales }
}

/** Writes a row's integers from `start` and returns its scale. */
function quantizeRow(row: Float32Array, integers: Int8Array, start: number): number {
  let magnitude = 0
  for (let c = 0; c < row.length; c++) {
    const size = Math.abs(row[c]!)
    if (size > magnitude) magnitude = size
  }
  if (magnitude < smallest) {
    integers.fill(0, start, start + row.length)
    return 0
  }
  const inverse = largest / magnitude
  // For a positive number, truncation rounds down. This is cheaper than Math.round.
  for (let c = 0; c < row.length; c++) integers[start + c] = ((row[c]! * inverse + 128.5) | 0) - 128
  return magnitude / largest
}

/** `[count, columns] → [columns, rows]`, starting at row `first`. */
function transposeInto(
  target: Int8Array,
  rows: number,
  first: number,
  strip: Int8Array,
  count: number,
  columns: number,
): void {
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < count; r++) target[c * rows + first + r] = strip[r * columns + c]!
  }
}

/** The values of a quantized matrix: `[rows, columns]` row-major. */
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
