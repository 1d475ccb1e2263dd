/** Decides from a collection's own scores whether the best hit fits the query, or ranks first only by chance. */

/** With fewer pictures, scores have no useful distribution, and everything fits. */
const fewestPictures = 10

/** Maximum expected number of unrelated pictures that score as high as the best hit. docs/search.md gives the error rates. */
const mostByChance = 0.2

/**
 * Whether a hit stands out. Scores of unrelated pictures are assumed to be normal, so `size` of them yield `size · P(score)`
 * pictures as good as the hit by chance alone.
 * @param best the hit's score, in standard deviations above the collection's average
 * @param size the number of pictures searched
 */
export function standsOut(best: number, size: number): boolean {
  return size > 0 && (size < fewestPictures || size * upperTail(best) < mostByChance)
}

/** The probability that a normal value exceeds `z`: Numerical Recipes' rational approximation of erfc, relative error 1.2e-7. */
function upperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + x / 2)
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ]
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0)
  const tail = (t * Math.exp(-x * x + polynomial)) / 2
  return z >= 0 ? tail : 1 - tail
}

/** A sentence counts as true of a picture from this many standard deviations above the average. */
const clearly = 2

/** `clearly`, or less for a small collection: none of n values lies more than √(n − 1) deviations above the average. */
export function answeredFrom(pictures: number): number {
  return Math.min(clearly, 0.75 * Math.sqrt(Math.max(0, pictures - 1)))
}
