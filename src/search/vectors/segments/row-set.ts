/** Rows of a segment, one bit per row. */
export type RowSet = Uint8Array

export function emptyRowSet(rows: number): RowSet {
  return new Uint8Array(Math.ceil(rows / 8))
}

export function addRow(set: RowSet, row: number): void {
  set[row >> 3]! |= 1 << (row & 7)
}

export function hasRow(set: RowSet, row: number): boolean {
  return ((set[row >> 3]! >> (row & 7)) & 1) === 1
}
