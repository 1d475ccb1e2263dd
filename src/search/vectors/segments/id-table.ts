/** Finds rows by their ids without reading all ids: a table of id hashes in ascending order, with the row of each. */

/** The table in a segment file: `[rows]` each. */
export interface IdTable {
  /** In ascending order. */
  readonly hashes: Int32Array
  readonly rows: Int32Array
}

/** Hashes and rows are sorted as one number, which a float64 represents exactly: segments have at most 2^17 rows. */
const rowsPerHash = 2 ** 17

/** @param encoded the UTF-8 of each row's id */
export function idTable(encoded: readonly Uint8Array[]): IdTable {
  return sortedTable(Int32Array.from(encoded, hashOf))
}

/** @param hashes the hash of each row */
export function sortedTable(hashes: Int32Array): IdTable {
  const keys = Float64Array.from(hashes, (hash, row) => hash * rowsPerHash + row).sort()
  const sorted = Int32Array.from(keys, (key) => Math.floor(key / rowsPerHash))
  return { hashes: sorted, rows: Int32Array.from(keys, (key, i) => key - sorted[i]! * rowsPerHash) }
}

/** The rows whose ids have this hash. */
export function rowsWithHash({ hashes, rows }: IdTable, hash: number): number[] {
  let [low, high] = [0, hashes.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (hashes[middle]! < hash) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  for (; hashes[low] === hash; low++) found.push(rows[low]!)
  return found
}

/** 32-bit FNV-1a (Fowler, Noll and Vo), as int32. */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash | 0
}
