/** Averages embeddings by their directions. */
import { normalizeRows } from './embeddings'

/** The mean of vectors that are scaled to unit length first. Its own length is at most 1. */
export function unitMean(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0]!.length)
  for (const vector of vectors) {
    const unit = normalizeRows({ data: vector.slice(), shape: [1, vector.length] }).data
    unit.forEach((value, d) => (mean[d]! += value / vectors.length))
  }
  return mean
}
