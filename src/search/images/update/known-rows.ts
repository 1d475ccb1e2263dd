/** What an index holds: its rows by path, and by contents. */
import type { VectorStore } from '../../vector-store'
import { numberAt, textAt } from '../row-fields'

/** What decides whether a file must be read again. */
export interface KnownRow {
  readonly size: number
  readonly modified: number
  /** When the file was read, in ms since 1970. */
  readonly indexed: number
  readonly hash: string
}

export interface KnownRows {
  readonly byId: Map<string, KnownRow>
  /** An id whose row in the store has these contents. */
  withHash(hash: string): string | undefined
  /** Notes that the store now has this row. */
  keep(id: string, hash: string): void
  /** Notes that the row is about to be replaced or removed, so that nothing copies its vector any more. */
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

/** File systems count time in steps: contents that were written within one step of being read may have changed unnoticed. */
const clockStep = 2000

/** Whether a file surely has the contents that the row was made of. */
export function isUnchanged(
  row: KnownRow | undefined,
  { size, modified }: Pick<KnownRow, 'size' | 'modified'>,
): boolean {
  return row !== undefined && row.size === size && row.modified === modified && row.indexed - modified >= clockStep
}
