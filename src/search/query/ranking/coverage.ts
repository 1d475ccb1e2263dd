/**
 * Scores pictures by how well they cover all sentences of a description. Scores are relative to a sentence's average over the
 * collection, in standard deviations, and are averaged with weights: a sentence that fits all pictures alike counts little, and
 * sentences that say the same share one weight. docs/search.md compares this with other ways to combine sentences.
 */

/** Statistics of the sentences over a collection, and their weights. */
export interface Norms {
  /** The average cosine of each sentence, `[sentences]`. */
  readonly means: Float64Array
  /** The standard deviation of its cosines. */
  readonly spreads: Float64Array
  /** The weight of each sentence; they add up to 1. */
  readonly weights: Float64Array
}

/** A lower bound for standard deviations, which any collection of different pictures exceeds. */
const leastSpread = 1e-6

/** Measures sentences on a sample of a collection. @param cosines `[sentences, pictures]` */
export function measureNorms(cosines: readonly Float64Array[]): Norms {
  const means = Float64Array.from(cosines, mean)
  const spreads = Float64Array.from(cosines, (row, i) => Math.max(leastSpread, spreadOf(row, means[i]!)))
  const relative = cosines.map((row, i) => row.map((cosine) => (cosine - means[i]!) / spreads[i]!))
  const own = relative.map((row, i) => spreads[i]! ** 2 / repetitions(relative, row))
  const total = own.reduce((sum, weight) => sum + weight, 0)
  return { means, spreads, weights: Float64Array.from(own, (weight) => weight / total) }
}

/** How many sentences say the same as this one, itself included: the sum of the positive correlations of their scores. */
function repetitions(relative: readonly Float64Array[], row: Float64Array): number {
  let sum = 0
  for (const other of relative) {
    let products = 0
    for (let i = 0; i < row.length; i++) products += row[i]! * other[i]!
    sum += Math.max(0, products / Math.max(1, row.length))
  }
  return Math.max(1, sum)
}

/** Combines sentences and a picture into one query, with equal weight. */
export function joinNorms(a: Norms, b: Norms): Norms {
  const join = (name: keyof Norms, factor = 1) => Float64Array.from([...a[name], ...b[name]], (value) => value * factor)
  return { means: join('means'), spreads: join('spreads'), weights: join('weights', 0.5) }
}

/** Cosines in standard deviations above the average of their sentence. @param cosines one picture's, `[sentences]` */
export function relativeScores(cosines: ArrayLike<number>, { means, spreads }: Norms): Float64Array {
  return means.map((average, i) => (cosines[i]! - average) / spreads[i]!)
}

/** The weighted mean of a picture's relative scores, bounded: one extreme sentence cannot make up for several missing ones. */
export function coverageOf(relative: Float64Array, { weights }: Norms): number {
  return relative.reduce((sum, score, i) => sum + weights[i]! * (relative.length > 1 ? bounded(score) : score), 0)
}

/** Between these bounds, scores count in full; beyond them, they grow logarithmically. On EmojiScenes, ranks stay as good. */
const [low, high] = [-1, 4]

function bounded(score: number): number {
  if (score > high) return high + Math.log1p(score - high)
  return score < low ? low - Math.log1p(low - score) : score
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

function spreadOf(values: Float64Array, average: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / Math.max(1, values.length))
}
