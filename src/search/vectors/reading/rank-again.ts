/** Ranks the candidates of the int8 search by their int16 cosines. */
import { bestHits } from '../../../inference/embeddings/best-hits'
import { readVector, type SegmentFile } from '../segments/segment-file'
import { readTexts } from '../segments/text-column'

/** A row of a segment that may be among the best. */
export interface Candidate {
  readonly file: SegmentFile
  readonly row: number
}

/**
 * The best candidates, best first. Among equal cosines, earlier candidates come first.
 * @param query `[width]`, of unit length
 */
export async function rankAgain(
  candidates: readonly Candidate[],
  query: Float32Array,
  k: number,
  signal?: AbortSignal,
): Promise<{ readonly ids: string[]; readonly scores: Float32Array }> {
  const vectors = await Promise.all(candidates.map(({ file, row }) => readVector(file, row, signal)))
  const best = bestHits(Math.min(k, candidates.length))
  vectors.forEach((vector, i) => best.offer(i, cosine(vector, query)))
  const hits = best.sorted()
  const ids = await Promise.all(
    hits.map(async ({ index }) => {
      const { file, row } = candidates[index]!
      return (await readTexts(file.ids, [row], signal))[0]!
    }),
  )
  return { ids, scores: Float32Array.from(hits, ({ score }) => score) }
}

/** Stored vectors have arbitrary length, so it is divided out. */
function cosine(vector: Float32Array, query: Float32Array): number {
  let [product, squares] = [0, 0]
  for (let i = 0; i < vector.length; i++) {
    product += vector[i]! * query[i]!
    squares += vector[i]! ** 2
  }
  return product / Math.sqrt(squares)
}
