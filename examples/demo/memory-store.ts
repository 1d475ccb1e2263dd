/** Vectors in memory, which `searchImages` searches like those of an index. */
import { topK, type Embeddings, type VectorReader } from 'dreamlip'

/** @param embeddings of pictures, of unit length; the ids of the store are their indices */
export function createMemoryStore(embeddings: Embeddings): VectorReader {
  const {
    data,
    shape: [size, width],
  } = embeddings
  const ids = Array.from({ length: size }, (_, i) => String(i))
  return {
    size,
    width,
    search: async (vector, k) => {
      const best = topK(embeddings, vector, k)
      return { ids: best.map(({ index }) => String(index)), scores: Float32Array.from(best, ({ score }) => score) }
    },
    vectors: async (wanted) => {
      const found = new Float32Array(wanted.length * width) // [wanted, width]
      wanted.forEach((id, i) => found.set(data.subarray(Number(id) * width, (Number(id) + 1) * width), i * width))
      return found
    },
    sample: async () => ({ ids, data }), // all of them
    fields: async () => ({}),
    rows: async function* () {
      yield { ids, fields: {} }
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
