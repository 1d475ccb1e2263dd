/** A sample of a collection, from which a query's average scores are estimated. */
import type { VectorReader, Where } from '../../vector-store'
import { dotProducts } from './dot-products'

/** Pictures in a sample: enough to estimate an average to a fortieth of a standard deviation. */
const sampleSize = 2000

interface Sample {
  readonly size: number
  readonly vectors: Promise<Float32Array>
}

const kept = new WeakMap<VectorReader, Sample>()

/** Vectors of at most 2,000 pictures `[pictures, width]`, drawn again when the number of pictures changes. */
export async function sampleOf(store: VectorReader, signal?: AbortSignal): Promise<Float32Array> {
  const before = kept.get(store)
  if (before?.size === store.size) return before.vectors
  const vectors = store.sample(sampleSize, { seed: 0 }).then(({ data }) => data)
  kept.set(store, { size: store.size, vectors })
  vectors.catch(() => kept.delete(store))
  const data = await vectors
  signal?.throwIfAborted()
  return data
}

/** The cosines of each query with each picture of a sample, `[queries, pictures]`. */
export function sampleCosines(queries: readonly Float32Array[], sample: Float32Array, width: number): Float64Array[] {
  return queries.map((query) => dotProducts(sample, query, width))
}

/** How many pictures a filter allows: exact below 2,000, otherwise the collection's size as an upper bound. */
export async function countAllowed(
  store: VectorReader,
  where: Where | undefined,
  signal?: AbortSignal,
): Promise<number> {
  if (!where) return store.size
  const { ids } = await store.sample(sampleSize, { seed: 0, where, signal })
  return ids.length < sampleSize ? ids.length : store.size
}
