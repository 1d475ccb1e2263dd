/** Dot products of a vector with many. */

/** @param vectors `[rows, width]` @returns `[rows]` */
export function dotProducts(vectors: Float32Array, query: Float32Array, width: number): Float64Array {
  const products = new Float64Array(vectors.length / width)
  for (let row = 0, at = 0; row < products.length; row++) {
    let [a, b] = [0, 0]
    const end = at + width
    for (; at + 1 < end; at += 2) {
      a += vectors[at]! * query[at - row * width]!
      b += vectors[at + 1]! * query[at + 1 - row * width]!
    }
    if (at < end) a += vectors[at]! * query[at++ - row * width]!
    products[row] = a + b
  }
  return products
}
