/**
 * Matrices of 4-bit integers with a scale for each block of 32 neighbouring values of a row, in the layout of ONNX Runtime's
 * MatMulNBits. Rows are whole blocks. The scales of a row are multiples of one step.
 */

import { blockSize, bytesPerBlock } from './block-size'

/** The integer for the value 0. Integers range from 0 to 15, and values from -8 to 7 scales. */
const zero = 8

/** The largest multiple of a row's step. */
const largestMultiple = 255

/** Rows with smaller values become zeros, because the reciprocals of their scales would overflow. */
const smallest = 1e-30

/** A matrix `[rows, columns]` of 4-bit integers. */
export interface Int4Blocks {
  readonly storage: 'int4'
  /** `[rows, blocks, 16]`: the lower half of a byte is the first of its two values. */
  readonly values: Uint8Array
  /** The factor of each block, positive: `[rows, blocks]` */
  readonly scales: Float32Array
}

/** The scales of blocks as a file stores them. */
export interface ScaleMultiples {
  /** From 1 to 255: `[rows, blocks]` */
  readonly multiples: Uint8Array
  /** Positive: `[rows]` */
  readonly steps: Float32Array
}

/** Rounds each block to multiples of the scale that fits it best: `[rows, columns]` row-major. */
export function quantizeBlocks(matrix: Float32Array, rows: number): Int4Blocks & ScaleMultiples {
  const steps = scaleSteps(matrix, rows)
  const multiples = new Uint8Array(matrix.length / blockSize)
  const scales = new Float32Array(multiples.length)
  const values = new Uint8Array(matrix.length / 2)
  const perRow = multiples.length / rows
  for (let b = 0; b < multiples.length; b++) {
    const block = matrix.subarray(b * blockSize, (b + 1) * blockSize)
    const step = steps[Math.floor(b / perRow)]!
    multiples[b] = bestMultiple(block, step)
    scales[b] = multiples[b]! * step
    writeBlock(block, scales[b]!, values, b * bytesPerBlock)
  }
  return { storage: 'int4', values, scales, multiples, steps }
}

/** The step of each row: with a scale of 255 steps, the row's largest value is 7 scales. */
export function scaleSteps(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows
  return Float32Array.from({ length: rows }, (_, r) => {
    const largest = magnitudeOf(matrix.subarray(r * columns, (r + 1) * columns))
    return largest < smallest ? 1 : largest / (zero - 1) / largestMultiple
  })
}

/** The scales of all blocks: `[rows, blocks]`. */
export function scalesOf({ multiples, steps }: ScaleMultiples): Float32Array {
  const perRow = multiples.length / steps.length
  return Float32Array.from(multiples, (multiple, b) => multiple * steps[Math.floor(b / perRow)]!)
}

/**
 * The scales to try, as shares of the one with which the largest value is 7 scales. Smaller ones clip that value, but round the
 * others less.
 */
const shares = [1, 0.97, 0.94, 0.91, 0.875, 0.84, 0.8, 0.76, 0.72]

/** The multiple of the step with the smallest sum of squared errors. */
function bestMultiple(block: Float32Array, step: number): number {
  const whole = magnitudeOf(block) / (zero - 1) / step
  let [best, least, last] = [1, Infinity, 0]
  for (const share of shares) {
    const multiple = Math.min(largestMultiple, Math.max(1, Math.round(whole * share)))
    if (multiple === last) continue
    last = multiple
    const error = squaredError(block, multiple * step)
    if (error < least) [least, best] = [error, multiple]
  }
  return best
}

function squaredError(block: Float32Array, scale: number): number {
  const inverse = 1 / scale
  let sum = 0
  for (let i = 0; i < blockSize; i++) {
    const value = block[i]! * inverse
    const difference = value - (integerOf(value) - zero)
    sum += difference * difference
  }
  return sum * scale * scale
}

/** The integer for a value in units of the scale. Truncation rounds positive numbers down. */
function integerOf(value: number): number {
  const shifted = value + zero + 0.5
  return shifted < 0 ? 0 : shifted >= 16 ? 15 : shifted | 0
}

function writeBlock(block: Float32Array, scale: number, target: Uint8Array, start: number): void {
  const inverse = 1 / scale
  for (let i = 0; i < bytesPerBlock; i++) {
    target[start + i] = integerOf(block[2 * i]! * inverse) | (integerOf(block[2 * i + 1]! * inverse) << 4)
  }
}

function magnitudeOf(values: Float32Array): number {
  let magnitude = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!)
    if (size > magnitude) magnitude = size
  }
  return magnitude
}

/** The values of a quantized matrix: `[rows, columns]` row-major. */
export function dequantizeBlocks({ values, scales }: Int4Blocks): Float32Array {
  const matrix = new Float32Array(2 * values.length)
  for (let i = 0; i < values.length; i++) {
    const scale = scales[Math.floor(i / bytesPerBlock)]!
    matrix[2 * i] = ((values[i]! & 15) - zero) * scale
    matrix[2 * i + 1] = ((values[i]! >> 4) - zero) * scale
  }
  return matrix
}
