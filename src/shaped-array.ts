/** The only form of multidimensional values in the public API. */

/**
 * Values in row-major order, and the lengths of their axes. Functions return shapes that can be passed on as `number[]`, and also take
 * readonly shapes, such as `[2, 512] as const`.
 */
export interface ShapedArray<Data = Float32Array, Shape extends readonly number[] = readonly number[]> {
  /** The values in row-major order: as many as the product of `shape`. */
  readonly data: Data
  /** The lengths of the axes. */
  readonly shape: Shape
}
