/** Rows waiting to be written to the store together. */
import type { VectorStore } from '../../vector-store'
import type { Picture } from './examine.node.ts'

interface Row {
  readonly picture: Picture
  readonly vector: Float32Array
}

/** Waiting rows. */
export interface Pending {
  readonly size: number
  add(picture: Picture, vector: Float32Array): void
  /** The vector of a waiting row with these contents. */
  withHash(hash: string): Float32Array | undefined
  /** Writes the rows, all or none. @returns their pictures @throws DreamLIPError `WRITE_FAILED` */
  write(store: VectorStore): Promise<readonly Picture[]>
}

export function createPending(): Pending {
  let rows: Row[] = []
  let byHash = new Map<string, Float32Array>()
  return {
    get size() {
      return rows.length
    },
    add(picture, vector) {
      rows.push({ picture, vector })
      byHash.set(picture.hash, vector)
    },
    withHash: (hash) => byHash.get(hash),
    async write(store) {
      if (rows.length === 0) return []
      const pictures = rows.map(({ picture }) => picture)
      const vectors = new Float32Array(rows.length * store.width) // [rows, width]
      rows.forEach(({ vector }, i) => vectors.set(vector, i * store.width))
      const ids = pictures.map(({ id }) => id)
      await store.add(ids, vectors, { fields: fieldsOf(pictures) })
      rows = []
      byHash = new Map()
      return pictures
    },
  }
}

const numbers = ['size', 'modified', 'taken', 'width', 'height', 'indexed'] as const

function fieldsOf(pictures: readonly Picture[]): Record<string, readonly string[] | Float64Array> {
  const columns = numbers.map((name) => [name, Float64Array.from(pictures, (picture) => picture[name])] as const)
  return { ...Object.fromEntries(columns), hash: pictures.map(({ hash }) => hash) }
}
