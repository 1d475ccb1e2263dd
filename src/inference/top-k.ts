/** The embeddings most similar to a query, without sorting all of them. */
import { checkWhole } from '../check-arguments'
import { checkEmbeddings, checkRows, checkSameDimensions, nonFiniteRow, rows, type EmbeddingsLike } from './embeddings'

/** An embedding that was found. */
export interface Hit {
  /** Its row. */
  readonly index: number
  /** Its cosine with the query, in [-1, 1]. */
  readonly score: number
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

/** Four sums run in parallel. */
function dot(a: Float32Array, startA: number, b: Float32Array, startB: number, length: number): number {
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

interface BestHits {
  /** Keeps the hit if it is among the best so far. The index must be larger than all earlier ones. */
  offer(index: number, score: number): void
  /** The hits, best first. */
  sorted(): Hit[]
}

/** Keeps the best `size` hits in a heap with the worst one on top, so that most offers cost one comparison. */
function bestHits(size: number): BestHits {
  const heap: Hit[] = []
  const sink = (hit: Hit) => {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child + 1 < size && isWorse(heap[child + 1]!, heap[child]!)) child++
      if (child >= size || !isWorse(heap[child]!, hit)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = hit
  }
  return {
    offer(index, score) {
      if (heap.length < size) {
        heap.push({ index, score })
        // An array that is sorted from the worst to the best is a heap.
        if (heap.length === size) heap.sort((a, b) => (isWorse(a, b) ? -1 : 1))
      } else if (score > heap[0]!.score) sink({ index, score })
    },
    sorted: () => heap.sort((a, b) => (isWorse(a, b) ? 1 : -1)),
  }
}

/** Among equal scores, the later row is the worse. */
function isWorse(a: Hit, b: Hit): boolean {
  return a.score < b.score || (a.score === b.score && a.index > b.index)
}
