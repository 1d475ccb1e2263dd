/** A sample of a collection, with which queries are compared to know what they give on average. */
import type { VectorReader, Where } from '../../vector-store'
import { dotProducts } from './dot-products'

/** With this many pictures, an average is known to a fortieth of its spread. */
const sampleSize = 2000

interface Sample {
  readonly size: number
  readonly vectors: Promise<Float32Array>
}

const kept = new WeakMap<VectorReader, Sample>()

/** Vectors of at most 2,000 pictures `[pictures, width]`, drawn again when the number of pictures has changed. */
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

/** How many pictures a filter allows: counted if they are few, else at most all of them. */
export async function countAllowed(
  store: VectorReader,
  where: Where | undefined,
  signal?: AbortSignal,
): Promise<number> {
  if (!where) return store.size
  const { ids } = await store.sample(sampleSize, { seed: 0, where, signal })
  return ids.length < sampleSize ? ids.length : store.size
}
