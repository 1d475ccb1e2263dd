/** Finds candidates for the best hits by searches of the store alone, without a pass over all vectors. */
import { limit } from '../../../concurrency/limit'
import type { VectorReader, Where } from '../../vector-store'
import type { Yardstick } from './yardstick'

/** Concurrent searches. */
const atOnce = 4

export interface CandidateOptions {
  /** How many pictures will be shown, or ranked again. */
  readonly wanted: number
  readonly where?: Where
  readonly signal?: AbortSignal
}

/**
 * The best pictures for each vector, and for the weighted sum of all, whose cosine ranks like the coverage without its bounds.
 * @returns their ids, without repetitions
 */
export async function findCandidates(
  store: VectorReader,
  yardstick: Yardstick,
  { wanted, where, signal }: CandidateOptions,
): Promise<string[]> {
  const { vectors } = yardstick
  const search = limit(atOnce, async (vector: Float32Array, count: number) => {
    signal?.throwIfAborted()
    return (await store.search(vector, count, { where, signal })).ids
  })
  if (vectors.length === 1) return search(vectors[0]!, wanted)
  const each = Math.max(20, wanted)
  const lists = [search(weightedSum(yardstick), 4 * wanted + 100), ...vectors.map((vector) => search(vector, each))]
  return [...new Set((await Promise.all(lists)).flat())]
}

function weightedSum({ vectors, norms: { spreads, weights } }: Yardstick): Float32Array {
  const sum = new Float32Array(vectors[0]!.length)
  vectors.forEach((vector, i) => {
    const factor = weights[i]! / spreads[i]!
    for (let c = 0; c < sum.length; c++) sum[c]! += factor * vector[c]!
  })
  return sum
}
