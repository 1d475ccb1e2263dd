/** Embeddings: rows of numbers, and the similarities between them. */
import { checkObject, wrongArgument } from '../check-arguments'
import { DreamLIPError } from '../errors'
import type { ShapedArray } from '../shaped-array'
import { describeNonFinite, isFinite } from './finite'
import { isShape } from '../shape'

/** Embeddings as rows: `[rows, dimensions]`. */
export type Embeddings = ShapedArray<Float32Array, readonly [number, number]>

/** Whether a value is meant as embeddings rather than as something to embed: preprocessed images have three axes or four. */
export function isEmbeddings(value: unknown): value is Embeddings {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value)) return false
  return !('width' in value) && !(Array.isArray(value.shape) && [3, 4].includes(value.shape.length))
}

/**
 * Checks embeddings that a caller passes.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming what is wrong: types, shape, or values that are NaN or infinite
 */
export function checkEmbeddings(name: string, embeddings: Embeddings): Embeddings {
  const { data, shape } = checkObject(name, embeddings, 'embeddings { data, shape }')
  if (!(data instanceof Float32Array)) throw wrongArgument(`${name}.data`, 'a Float32Array', data)
  if (!isShape(shape, 2)) throw wrongArgument(`${name}.shape`, '[rows, dimensions]', shape)
  if (data.length !== shape[0] * shape[1]) {
    throw wrongArgument(`${name}.data`, `${shape[0]} rows of ${shape[1]} values, as the shape says`, data)
  }
  if (isFinite(data)) return embeddings
  const row = Math.floor(data.findIndex((value) => !Number.isFinite(value)) / shape[1])
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `${name}: expected finite values; ${describeNonFinite(data)}, in row ${row}. Leave out this row, or compute the embedding again.`,
  )
}

/**
 * Cosines between all rows of `a` and all rows of `b`. Rows need not have unit length.
 * @returns `data` row-major with `shape` `[a's rows, b's rows]`, values in [-1, 1]
 * @throws DreamLIPError `INVALID_ARGUMENT` when the dimensions differ, and for values that are NaN or infinite
 */
export function cosineSimilarity(a: Embeddings, b: Embeddings): Embeddings {
  const [rows, dimensions] = checkEmbeddings('a', a).shape
  const [columns, others] = checkEmbeddings('b', b).shape
  if (dimensions !== others) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `similarity: both sides need the same number of dimensions; got ${dimensions} and ${others}. ` +
        'Embeddings of two different models cannot be compared.',
    )
  }
  const normsA = rowNorms(a)
  const normsB = rowNorms(b)
  const data = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const norms = normsA[i]! * normsB[j]!
      data[i * columns + j] = norms === 0 ? 0 : dot(a.data, i * dimensions, b.data, j * dimensions, dimensions) / norms
    }
  }
  return { data, shape: [rows, columns] }
}

/** Softmax of `scale · values`, as an array of probabilities. */
export function softmax(values: ArrayLike<number>, scale: number): number[] {
  const scaled = Array.from(values, (value) => value * scale)
  const largest = scaled.reduce((a, b) => Math.max(a, b), -Infinity)
  const exponentials = scaled.map((value) => Math.exp(value - largest))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return exponentials.map((value) => value / sum)
}

/** One row as a view. */
export function row(embeddings: Embeddings, index: number): Float32Array {
  const dimensions = embeddings.shape[1]
  return embeddings.data.subarray(index * dimensions, (index + 1) * dimensions)
}

function rowNorms({ data, shape: [rows, dimensions] }: Embeddings): number[] {
  return Array.from({ length: rows }, (_, i) => Math.sqrt(dot(data, i * dimensions, data, i * dimensions, dimensions)))
}

function dot(a: Float32Array, startA: number, b: Float32Array, startB: number, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += a[startA + i]! * b[startB + i]!
  return sum
}

/** Each row scaled to unit length (PyTorch's `F.normalize`); a row of zeros stays. The values are replaced in place. */
export function normalizeRows({ data, shape }: Embeddings): Embeddings {
  const [rows, dimensions] = shape
  for (let start = 0; start < rows * dimensions; start += dimensions) {
    const norm = Math.sqrt(dot(data, start, data, start, dimensions))
    for (let d = start; norm > 0 && d < start + dimensions; d++) data[d]! /= norm
  }
  return { data, shape }
}

/** Rows of values as embeddings, with unit length if `normalize` is set. */
export function embeddingsOf(data: Float32Array, dimensions: number, normalize: boolean): Embeddings {
  const embeddings: Embeddings = { data, shape: [data.length / dimensions, dimensions] }
  return normalize ? normalizeRows(embeddings) : embeddings
}
