/** Decides from a collection's own scores whether the best hit fits, or is only the largest of many chances. */

/** Below this many pictures, scores have no distribution to speak of, and everything fits. */
const fewestPictures = 10

/** How many pictures as good as the best hit chance may give. docs/search.md says how often the decision is wrong. */
const mostByChance = 0.2

/**
 * Whether a hit stands out. Scores of pictures that have nothing to do with a query are taken as normal: then `size` of them give
 * `size · P(score)` pictures as good as the hit by chance alone.
 * @param best the hit's score, in standard deviations above the collection's average
 * @param size the number of pictures that were searched
 */
export function standsOut(best: number, size: number): boolean {
  return size > 0 && (size < fewestPictures || size * upperTail(best) < mostByChance)
}

/** The probability that a normal value is larger than `z`: Numerical Recipes' rational approximation of erfc, good to 1.2e-7 relative. */
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

/** From how many standard deviations above the average on a sentence counts as true of a picture. */
const clearly = 2

/** `clearly`, or less in a collection of few pictures: of n values, none lies more than √(n − 1) deviations above the average. */
export function answeredFrom(pictures: number): number {
  return Math.min(clearly, 0.75 * Math.sqrt(Math.max(0, pictures - 1)))
}
