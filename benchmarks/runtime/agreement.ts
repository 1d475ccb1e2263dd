/** The difference between two sides' embeddings of the same input. If results differ, a speed comparison is meaningless. */

export function difference(a: readonly number[], b: readonly number[]): string {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  return `(1 - cosine ${(1 - cosine).toExponential(1)})`
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
