/** A query's score statistics over a collection, the reference for the scores of its hits. */
import { sampleCosines } from './collection-sample'
import { joinNorms, measureNorms, type Norms } from './coverage'
import type { EmbeddedQuery } from '../embed-query'

export interface Yardstick {
  /** The vectors that rank pictures: the texts, then the picture of the query. */
  readonly vectors: readonly Float32Array[]
  /** Their score statistics and weights. */
  readonly norms: Norms
  /** The score statistics of the query's terms. They are the first of `norms`, except for a sum. */
  readonly termNorms: Norms
  /** The standard deviation of the weighted sum of all relative scores. */
  readonly spread: number
  /** The number of pictures in the sample. */
  readonly pictures: number
}

/** @param sample `[pictures, width]` */
export function measureQuery({ kind, texts, picture, terms }: EmbeddedQuery, sample: Float32Array): Yardstick {
  const vectors = picture ? [...texts, picture] : texts
  const width = vectors[0]!.length
  const cosines = sampleCosines(vectors, sample, width)
  const ofTexts = measureNorms(cosines.slice(0, texts.length))
  const ofPicture = measureNorms(cosines.slice(texts.length))
  const norms = !picture ? ofTexts : texts.length === 0 ? ofPicture : joinNorms(ofTexts, ofPicture)
  const termVectors = terms.map(({ vector }) => vector)
  const termNorms = kind === 'sum' ? measureNorms(sampleCosines(termVectors, sample, width)) : ofTexts
  return { vectors, norms, termNorms, spread: spreadOfSum(cosines, norms), pictures: sample.length / width }
}

function spreadOfSum(cosines: readonly Float64Array[], { means, spreads, weights }: Norms): number {
  let squares = 0
  const pictures = cosines[0]!.length
  for (let picture = 0; picture < pictures; picture++) {
    let sum = 0
    cosines.forEach((row, i) => (sum += (weights[i]! * (row[picture]! - means[i]!)) / spreads[i]!))
    squares += sum * sum
  }
  return Math.max(1e-6, Math.sqrt(squares / Math.max(1, pictures)))
}
