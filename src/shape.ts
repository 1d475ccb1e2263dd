/** Shapes: the lengths of an array's axes. */

/** Elements of an array: 1 for a scalar, whose shape is empty; NaN if they cannot be counted, even if a later axis is empty. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => (Number.isSafeInteger(product) ? product * size : NaN), 1)
}

/** Whether a value is an array of whole numbers, of length `rank` if given. */
export function isShape(value: unknown, rank?: number): value is readonly number[] {
  return (
    Array.isArray(value) &&
    (rank === undefined || value.length === rank) &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0)
  )
}

/** Whether shapes are equal. All shapes of one element are: a scalar may have been saved with the shape [1]. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (elementCount(a) === 1 && elementCount(b) === 1) return true
  return a.length === b.length && a.every((size, i) => size === b[i])
}
