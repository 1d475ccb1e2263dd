/** The one form in which values with several dimensions cross the public API. */

/** Values in row-major order, and the lengths of their axes. */
export interface ShapedArray<Data = Float32Array, Shape extends readonly number[] = readonly number[]> {
  /** The values in row-major order: as many as the product of `shape`. */
  readonly data: Data
  readonly shape: Shape
}
