/** The remaining rows of a segment. */
import type { SegmentEntry } from './manifest'
import { hasRow, type RowSet } from './row-set'

/** The rows that were not removed, in ascending order. @param allowed the rows to consider; default all */
export function keptRows({ rows, removed }: SegmentEntry, allowed?: RowSet): Int32Array {
  const kept = new Int32Array(rows)
  let [count, gone] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (removed[gone] === row) gone++
    else if (!allowed || hasRow(allowed, row)) kept[count++] = row
  }
  return kept.slice(0, count)
}
