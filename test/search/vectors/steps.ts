/** Changes of an index that always lead to the same state, so that a run that was killed can be compared with one that was not. */
import type { VectorStore } from '../../../src/search/vector-store'

export const rowsPerStep = 40

/** Adds rows that were not there, and replaces one of the step before. */
export async function takeStep(store: VectorStore, step: number): Promise<void> {
  const first = step * rowsPerStep
  const rows = Array.from({ length: rowsPerStep }, (_, i) => first + i)
  if (step > 0) rows.push(first - 1 - (step % rowsPerStep))
  const { width } = store
  const vectors = Float32Array.from({ length: rows.length * width }, (_, i) => Math.sin((step + 1) * (i + 1)))
  const fields = { step: Float64Array.from(rows, () => step), name: rows.map((row) => `row ${row}`) }
  await store.add(rows.map(String), vectors, { fields })
}
