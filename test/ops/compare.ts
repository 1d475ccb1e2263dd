/** Compares values with golden values. */

/** The largest absolute difference; NaN if either side contains NaN. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`)
  let largest = 0
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!)
    if (!(difference <= largest)) largest = difference
  }
  return largest
}
