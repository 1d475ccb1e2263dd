/** Recall@K where the right answer of query `i` is candidate `i`. */
import type { EmbeddingsLike } from 'dreamlip'

/**
 * The share of queries whose answer is among the `k` most similar candidates. A tie counts against the answer, so that
 * similarities that are all equal find nothing.
 * @param similarities `[queries, candidates]`, the same number of each
 */
export function recallAt(k: number, { data, shape: [queries, candidates] }: EmbeddingsLike): number {
  let found = 0
  for (let query = 0; query < queries; query++) {
    const own = data.subarray(query * candidates, (query + 1) * candidates)
    const better = own.filter((similarity, candidate) => candidate !== query && similarity >= own[query]!)
    if (better.length < k) found++
  }
  return found / queries
}
