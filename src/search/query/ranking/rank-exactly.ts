/** Scores the candidates of a search exactly, with their stored vectors. */
import type { VectorReader } from '../../vector-store'
import { coverageOf, relativeScores, type Norms } from './coverage'
import { answeredFrom } from '../cut-off'
import { dotProducts } from './dot-products'
import type { EmbeddedTerm } from '../embed-query'
import type { Yardstick } from './yardstick'

/** How well a picture answers a text of the query. */
export interface SentenceScore {
  readonly text: string
  /** How far the picture's similarity to the text is above the collection's average, in standard deviations. */
  readonly score: number
  readonly cosine: number
  /** Whether the score is at least 2 (less in a collection of under 9 pictures): the picture probably shows it. */
  readonly answered: boolean
  /** The logit of `DreamLIP.match`, if the picture was ranked again. */
  readonly match?: number
}

export interface RankedImage {
  readonly id: string
  /** The coverage of the query. */
  readonly score: number
  /** The weighted sum of the relative scores in its own standard deviations, for the cut-off. */
  readonly deviations: number
  readonly sentences: readonly SentenceScore[]
}

/** @returns all candidates, best first */
export async function rankExactly(
  store: VectorReader,
  terms: readonly EmbeddedTerm[],
  yardstick: Yardstick,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<RankedImage[]> {
  const data = await store.vectors(ids, { signal }) // [ids, width]
  const cosinesOf = (vectors: readonly Float32Array[]) =>
    vectors.map((vector) => dotProducts(data, vector, store.width))
  const ranked = cosinesOf(yardstick.vectors) // [vectors, ids]
  const reported = cosinesOf(terms.map(({ vector }) => vector)) // [terms, ids]
  const bar = answeredFrom(yardstick.pictures)
  const images = ids.map((id, i) => {
    const relative = relativeScores(column(ranked, i), yardstick.norms)
    const cosines = column(reported, i)
    const scores = relativeScores(cosines, yardstick.termNorms)
    const sentences = terms.map(({ text }, t) => ({
      text,
      score: scores[t]!,
      cosine: cosines[t]!,
      answered: scores[t]! >= bar,
    }))
    const deviations = weightedSum(relative, yardstick.norms) / yardstick.spread
    return { id, score: coverageOf(relative, yardstick.norms), deviations, sentences }
  })
  // Rows removed since they were found have NaN vectors.
  return images.filter(({ score }) => !Number.isNaN(score)).sort((a, b) => b.score - a.score)
}

function column(rows: readonly Float64Array[], at: number): Float64Array {
  return Float64Array.from(rows, (row) => row[at]!)
}

function weightedSum(relative: Float64Array, { weights }: Norms): number {
  return relative.reduce((sum, score, i) => sum + weights[i]! * score, 0)
}
