/** Embeddings: rows of numbers, and the similarities between them. */
import { checkObject, checkWhole, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { ShapedArray } from '../../shaped-array'
import { bestHits, type Hit } from './best-hits'
import { describeNonFinite, isFinite } from './finite'
import { isShape } from '../../shape'

/** Embeddings as rows: `[rows, dimensions]`. */
export type Embeddings = ShapedArray<Float32Array, [number, number]>

/** Embeddings as an argument: their shape may also be a readonly tuple, as `[2, 512] as const` is. */
export type EmbeddingsLike = ShapedArray<Float32Array, readonly [number, number]>

/** Whether a value is meant as embeddings rather than as something to embed: preprocessed images have three axes or four. */
export function isEmbeddings(value: unknown): value is EmbeddingsLike {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value)) return false
  return !('width' in value) && !(Array.isArray(value.shape) && [3, 4].includes(value.shape.length))
}

/**
 * Checks embeddings that a caller passes.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming the problem: types, shape, or values that are NaN or infinite
 */
export function checkEmbeddings(name: string, embeddings: EmbeddingsLike): EmbeddingsLike {
  const { data } = checkRows(name, embeddings)
  if (isFinite(data)) return embeddings
  throw nonFiniteRow(name, embeddings)
}

/**
 * Checks the types and the shape of embeddings, but not their values.
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export function checkRows(name: string, embeddings: EmbeddingsLike): EmbeddingsLike {
  const { data, shape } = checkObject(name, embeddings, 'embeddings { data, shape }')
  if (!(data instanceof Float32Array)) throw wrongArgument(`${name}.data`, 'a Float32Array', data)
  if (!isShape(shape, 2)) throw wrongArgument(`${name}.shape`, '[rows, dimensions]', shape)
  if (data.length === shape[0] * shape[1]) return embeddings
  throw wrongArgument(`${name}.data`, `${shape[0]} rows of ${shape[1]} values, as the shape says`, data)
}

/** The error for embeddings with NaN or infinite values. */
function nonFiniteRow(name: string, { data, shape }: EmbeddingsLike): DreamLIPError {
  const row = Math.floor(data.findIndex((value) => !Number.isFinite(value)) / shape[1])
  return new DreamLIPError(
    'INVALID_ARGUMENT',
    `${name}: expected finite values; ${describeNonFinite(data)}, in row ${row}. Leave out this row, or compute the embedding again.`,
  )
}

/**
 * Cosines between all rows of `a` and all rows of `b`. Rows need not have unit length.
 * @returns `data` row-major with `shape` `[a's rows, b's rows]`, values in [-1, 1]
 * @throws DreamLIPError `INVALID_ARGUMENT` when the dimensions differ, and for values that are NaN or infinite
 */
export function cosineSimilarity(a: EmbeddingsLike, b: EmbeddingsLike): Embeddings {
  const [rows, dimensions] = checkEmbeddings('a', a).shape
  const [columns, others] = checkEmbeddings('b', b).shape
  checkSameDimensions(dimensions, others)
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

/** @throws DreamLIPError `INVALID_ARGUMENT` */
function checkSameDimensions(a: number, b: number): void {
  if (a === b) return
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `similarity: both sides need the same number of dimensions; got ${a} and ${b}. ` +
      'Embeddings of two different models cannot be compared.',
  )
}

/**
 * Finds the `k` embeddings with the largest cosines to a query, best first. Rows need not have unit length. Equal scores come in the
 * order of their rows. If there are fewer than `k` rows, all of them are returned. Rows of NaN are left out: they stand for images that
 * could not be read (`onError: 'skip'`).
 * @param query one vector, such as `row(texts, 0)`, or embeddings: one query per row
 * @returns the hits of the vector; for embeddings, a list of hits for each row
 * @throws DreamLIPError `INVALID_ARGUMENT` when the dimensions differ, and for other values that are NaN or infinite
 *
 * @example
 * const [hits] = topK(images, await model.encodeText('a red bus'), 5) // [{ index, score }, …]
 */
export function topK(embeddings: EmbeddingsLike, query: Float32Array, k: number): Hit[]
export function topK(embeddings: EmbeddingsLike, query: EmbeddingsLike, k: number): Hit[][]
export function topK(embeddings: EmbeddingsLike, query: Float32Array | EmbeddingsLike, k: number): Hit[] | Hit[][] {
  if (!(query instanceof Float32Array)) return bestOfEach(embeddings, query, k)
  return bestOfEach(embeddings, { data: query, shape: [1, query.length] }, k)[0]!
}

function bestOfEach(embeddings: EmbeddingsLike, query: EmbeddingsLike, k: number): Hit[][] {
  const { data, shape } = checkRows('embeddings', embeddings)
  const queries = rows(checkEmbeddings('query', query))
  const [count, dimensions] = shape
  checkSameDimensions(dimensions, query.shape[1])
  checkWhole('k', k, 1)
  const lists = queries.map(() => bestHits(Math.min(k, count)))
  const norms = queries.map((values) => Math.sqrt(dot(values, 0, values, 0, dimensions)))
  for (let index = 0; index < count; index++) {
    const start = index * dimensions
    const norm = Math.sqrt(dot(data, start, data, start, dimensions))
    // Squares of finite float32 values cannot overflow, so this sum also finds NaN and infinite values.
    if (!Number.isFinite(norm)) {
      if (data.subarray(start, start + dimensions).every(Number.isNaN)) continue
      throw nonFiniteRow('embeddings', embeddings)
    }
    for (let q = 0; q < queries.length; q++) {
      const scale = norm * norms[q]!
      lists[q]!.offer(index, scale === 0 ? 0 : dot(data, start, queries[q]!, 0, dimensions) / scale)
    }
  }
  return lists.map((list) => list.sorted())
}

/** Softmax of `scale · values`, as an array of probabilities. */
export function softmax(values: ArrayLike<number>, scale: number): number[] {
  const scaled = Array.from(values, (value) => value * scale)
  const largest = scaled.reduce((a, b) => Math.max(a, b), -Infinity)
  const exponentials = scaled.map((value) => Math.exp(value - largest))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return exponentials.map((value) => value / sum)
}

/**
 * One embedding as a view: it shares memory with `embeddings`, and nothing is copied.
 * @returns one value per dimension
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no such row
 */
export function row(embeddings: EmbeddingsLike, index: number): Float32Array {
  const { shape } = checkRows('embeddings', embeddings)
  if (shape[0] === 0) throw wrongArgument('embeddings', 'at least one row', shape)
  return viewOf(embeddings, checkWhole('index', index, 0, shape[0] - 1))
}

/**
 * All embeddings as views, one for each image or text: they share memory with `embeddings`, and nothing is copied.
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export function rows(embeddings: EmbeddingsLike): Float32Array[] {
  const { shape } = checkRows('embeddings', embeddings)
  return Array.from({ length: shape[0] }, (_, i) => viewOf(embeddings, i))
}

function viewOf({ data, shape }: EmbeddingsLike, index: number): Float32Array {
  return data.subarray(index * shape[1], (index + 1) * shape[1])
}

function rowNorms({ data, shape: [rows, dimensions] }: EmbeddingsLike): number[] {
  return Array.from({ length: rows }, (_, i) => Math.sqrt(dot(data, i * dimensions, data, i * dimensions, dimensions)))
}

/** The dot product of parts of two arrays; four sums run in parallel. */
export function dot(
  a: Float32Array | Float64Array,
  startA: number,
  b: Float32Array,
  startB: number,
  length: number,
): number {
  const whole = length - (length % 4)
  let [s, t, u, v] = [0, 0, 0, 0]
  for (let i = 0; i < whole; i += 4) {
    s += a[startA + i]! * b[startB + i]!
    t += a[startA + i + 1]! * b[startB + i + 1]!
    u += a[startA + i + 2]! * b[startB + i + 2]!
    v += a[startA + i + 3]! * b[startB + i + 3]!
  }
  for (let i = whole; i < length; i++) s += a[startA + i]! * b[startB + i]!
  return s + t + (u + v)
}

/** Each row scaled to unit length (PyTorch's `F.normalize`); rows of zeros stay zero. The values are replaced in place. */
export function normalizeRows({ data, shape }: Embeddings): Embeddings {
  const [rows, dimensions] = shape
  for (let start = 0; start < rows * dimensions; start += dimensions) {
    const norm = Math.sqrt(dot(data, start, data, start, dimensions))
    for (let d = start; norm > 0 && d < start + dimensions; d++) data[d]! /= norm
  }
  return { data, shape }
}

/** Rows of values as embeddings, scaled to unit length if `normalize` is set. */
export function embeddingsOf(data: Float32Array, dimensions: number, normalize: boolean): Embeddings {
  const embeddings: Embeddings = { data, shape: [data.length / dimensions, dimensions] }
  return normalize ? normalizeRows(embeddings) : embeddings
}
