/** Matrices of 8-bit integers with a scale for each row. Integer products need them transposed, look-ups row by row. */

/** The largest magnitude. The range is symmetric, so that zero stays zero. */
const largest = 127

/** Rows with smaller values become zeros, because the reciprocals of their scales would overflow. */
const smallest = 1e-30

/** A matrix `[rows, columns]` of 8-bit integers, transposed. */
export interface Int8Columns {
  readonly storage: 'int8'
  /** `[columns, rows]` */
  readonly values: Int8Array
  /** The factor of each row, positive: `[rows]` */
  readonly scales: Float32Array
}

/** A tensor `[rows, …]` of 8-bit integers. */
export interface Int8Rows {
  readonly storage: 'int8-rows'
  /** `[rows, …]` */
  readonly values: Int8Array
  /** The factor of each row, positive: `[rows]` */
  readonly scales: Float32Array
}

/** Rows to transpose together: few enough to stay in the processor's cache while columns are written. */
const rowsAtOnce = 16

/** Rounds each row to multiples of its scale, and transposes the integers: `[rows, columns]` row-major. */
export function quantizeColumns(matrix: Float32Array, rows: number): Int8Columns {
  const columns = matrix.length / rows
  const values = new Int8Array(matrix.length)
  const scales = new Float32Array(rows)
  const strip = new Int8Array(rowsAtOnce * columns) // [rows at once, columns]
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first)
    for (let r = 0; r < count; r++) {
      const row = matrix.subarray((first + r) * columns, (first + r + 1) * columns)
      scales[first + r] = quantizeRow(row, strip, r * columns)
    }
    transposeInto(values, rows, first, strip, count, columns)
  }
  return { storage: 'int8', values, scales }
}

/** Rounds each row to multiples of its scale: `[rows, …]` row-major. */
export function quantizeRows(tensor: Float32Array, rows: number): Int8Rows {
  const columns = tensor.length / rows
  const values = new Int8Array(tensor.length)
  const scales = new Float32Array(rows)
  for (let r = 0; r < rows; r++) {
    scales[r] = quantizeRow(tensor.subarray(r * columns, (r + 1) * columns), values, r * columns)
  }
  return { storage: 'int8-rows', values, scales }
}

/** Writes a row's integers from `start` and returns its scale, 1 for a row of zeros. */
function quantizeRow(row: Float32Array, integers: Int8Array, start: number): number {
  let magnitude = 0
  for (let c = 0; c < row.length; c++) {
    const size = Math.abs(row[c]!)
    if (size > magnitude) magnitude = size
  }
  if (magnitude < smallest) {
    integers.fill(0, start, start + row.length)
    return 1
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
export function dequantizeColumns({ values, scales }: Int8Columns): Float32Array {
  const rows = scales.length
  const columns = values.length / rows
  const matrix = new Float32Array(values.length)
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) matrix[i] = values[c * rows + r]! * scales[r]!
  }
  return matrix
}

/** The values of a quantized tensor: `[rows, …]` row-major. */
export function dequantizeRows({ values, scales }: Int8Rows): Float32Array {
  const columns = values.length / scales.length
  const tensor = new Float32Array(values.length)
  for (let r = 0, i = 0; r < scales.length; r++) {
    for (let c = 0; c < columns; c++, i++) tensor[i] = values[i]! * scales[r]!
  }
  return tensor
}

/** Columns of a matrix that is `width` wide: `[n, width] → [n, to - from]`. */
export function columnsOf<T extends Int8Array | Uint8Array>(matrix: T, width: number, from: number, to: number): T {
  const height = matrix.length / width
  const columns = new (matrix.constructor as new (length: number) => T)(height * (to - from))
  for (let i = 0; i < height; i++) columns.set(matrix.subarray(i * width + from, i * width + to), i * (to - from))
  return columns
}
