/** The rows of an index, by path and by contents. */
import type { VectorStore } from '../../vector-store'
import { numberAt, textAt } from '../row-fields'

/** The facts that decide whether to read a file again. */
export interface KnownRow {
  readonly size: number
  readonly modified: number
  /** When the file was read, in ms since 1970. */
  readonly indexed: number
  readonly hash: string
}

export interface KnownRows {
  readonly byId: Map<string, KnownRow>
  /** The id of a stored row with these contents. */
  withHash(hash: string): string | undefined
  /** Records that the store now has this row. */
  keep(id: string, hash: string): void
  /** Records that the row will be replaced or removed, so that its vector is no longer copied. */
  release(id: string): void
}

/** Reads the rows of a store. */
export async function readKnownRows(store: VectorStore, signal?: AbortSignal): Promise<KnownRows> {
  const byId = new Map<string, KnownRow>()
  const byHash = new Map<string, string>()
  for await (const { ids, fields } of store.rows({ signal })) {
    ids.forEach((id, i) => {
      const [hash, size] = [textAt(fields, 'hash', i), numberAt(fields, 'size', i)]
      const [modified, indexed] = [numberAt(fields, 'modified', i), numberAt(fields, 'indexed', i)]
      byId.set(id, { size, modified, indexed, hash })
      if (hash !== '') byHash.set(hash, id)
    })
  }
  return {
    byId,
    withHash: (hash) => byHash.get(hash),
    keep: (id, hash) => void byHash.set(hash, id),
    release(id) {
      const hash = byId.get(id)?.hash
      if (hash !== undefined && byHash.get(hash) === id) byHash.delete(hash)
    },
  }
}

/** The resolution of file times in ms: contents written this shortly before reading may have changed unnoticed. */
const clockStep = 2000

/** Whether a file certainly still has the contents of its row. */
export function isUnchanged(
  row: KnownRow | undefined,
  { size, modified }: Pick<KnownRow, 'size' | 'modified'>,
): boolean {
  return row !== undefined && row.size === size && row.modified === modified && row.indexed - modified >= clockStep
}
