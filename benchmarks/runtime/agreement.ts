/** How much two sides' embeddings of the same input differ. If results differ, a comparison of speed means nothing. */

export function difference(a: readonly number[], b: readonly number[]): string {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  return `(1 - cosine ${(1 - cosine).toExponential(1)})`
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
