/** Finds rows by their ids. */
import { hashOf, rowsWithHash } from './id-table'
import type { OpenSegment } from './open-segment'
import { encodeTexts, readEncoded } from './text-column'

/** The location of a row. */
export interface Place {
  readonly segment: OpenSegment
  readonly row: number
}

/** The place of each id; `undefined` for an unknown id. Only ids with a matching hash are read. */
export async function findRows(
  segments: readonly OpenSegment[],
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<(Place | undefined)[]> {
  const encoded = encodeTexts(ids)
  const hashes = encoded.map(hashOf)
  const places: (Place | undefined)[] = ids.map(() => undefined)
  for (const segment of segments) {
    const { file, entry } = segment
    const table = await file.idTable(signal)
    const candidates = hashes.flatMap((hash, i) =>
      places[i] ? [] : rowsWithHash(table, hash).flatMap((row) => (isRemoved(entry.removed, row) ? [] : [{ i, row }])),
    )
    const found = await readEncoded(
      file.ids,
      candidates.map(({ row }) => row),
      signal,
    )
    candidates.forEach(({ i, row }, at) => {
      if (equal(found[at]!, encoded[i]!)) places[i] = { segment, row }
    })
  }
  return places
}

/** @param removed in ascending order */
export function isRemoved(removed: readonly number[], row: number): boolean {
  let [low, high] = [0, removed.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (removed[middle]! < row) low = middle + 1
    else high = middle
  }
  return removed[low] === row
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
