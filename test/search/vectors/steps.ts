/** Changes to an index that always lead to the same state, so that killed runs can be compared with uninterrupted ones. */
import type { VectorStore } from '../../../src/search/vector-store'

export const rowsPerStep = 40

/** Adds new rows, and replaces one row of the previous step. */
export async function takeStep(store: VectorStore, step: number): Promise<void> {
  const first = step * rowsPerStep
  const rows = Array.from({ length: rowsPerStep }, (_, i) => first + i)
  if (step > 0) rows.push(first - 1 - (step % rowsPerStep))
  const { width } = store
  const vectors = Float32Array.from({ length: rows.length * width }, (_, i) => Math.sin((step + 1) * (i + 1)))
  const fields = { step: Float64Array.from(rows, () => step), name: rows.map((row) => `row ${row}`) }
  await store.add(rows.map(String), vectors, { fields })
}
