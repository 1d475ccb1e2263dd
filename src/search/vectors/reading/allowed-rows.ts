/** Finds the rows that meet conditions. */
import { checkKeys } from '../../../known-keys'
import { checkList, checkObject, wrongArgument } from '../../../check-arguments'
import type { Where } from '../../vector-store'
import type { FieldTypes } from '../segments/field-types'
import type { OpenSegment } from '../segments/open-segment'
import { addRow, emptyRowSet, type RowSet } from '../segments/row-set'
import { readNumbers, type SegmentFile } from '../segments/segment-file'
import { startOf } from '../segments/text-column'

/** The maximum number of cached conditions, for users who repeat a filter while typing a query. */
const mostRemembered = 256

/** Rows by segment name; segments without matching rows are left out. */
export type RowsBySegment = Map<string, RowSet>

/** Returns a function that finds the rows meeting conditions, and caches them. */
export function createAllowedRows(): (
  segments: readonly OpenSegment[],
  where: Where,
  signal?: AbortSignal,
) => Promise<RowsBySegment> {
  const remembered = new Map<string, RowSet>()
  const rowsOf = async (file: SegmentFile, where: Where, key: string, signal?: AbortSignal) => {
    const known = remembered.get(key) ?? (await meeting(file, where, signal))
    remembered.delete(key)
    remembered.set(key, known)
    for (const oldest of remembered.keys()) {
      if (remembered.size <= mostRemembered) break
      remembered.delete(oldest)
    }
    return known
  }
  return async (segments, where, signal) => {
    const condition = JSON.stringify(where, (_, value: unknown) => (typeof value === 'number' ? String(value) : value))
    const allowed: RowsBySegment = new Map()
    for (const { file, entry } of segments) {
      const rows = await rowsOf(file, where, `${entry.file} ${condition}`, signal)
      if (rows.some((byte) => byte !== 0)) allowed.set(entry.file, rows)
    }
    return allowed
  }
}

async function meeting(file: SegmentFile, { startsWith, between = {} }: Where, signal?: AbortSignal): Promise<RowSet> {
  const ranges: { readonly numbers: Float64Array; readonly from: number; readonly to: number }[] = []
  for (const [name, [from, to]] of Object.entries(between)) {
    ranges.push({ numbers: await readNumbers(file, name, signal), from, to })
  }
  const isNamed = startsWith === undefined ? () => true : await beginsWith(file, [startsWith].flat(), signal)
  const set = emptyRowSet(file.rows)
  for (let row = 0; row < file.rows; row++) {
    const isInside = ranges.every(({ numbers, from, to }) => numbers[row]! >= from && numbers[row]! <= to)
    if (isInside && isNamed(row)) addRow(set, row)
  }
  return set
}

/** Returns a function that tests whether a row's id begins with one of these texts. */
async function beginsWith({ ids }: SegmentFile, beginnings: readonly string[], signal?: AbortSignal) {
  const all = (await ids.bytes.read(signal)) as Uint8Array
  const encoded = beginnings.map((text) => new TextEncoder().encode(text))
  return (row: number) => {
    const [start, end] = [startOf(ids.ends, row), ids.ends[row]!]
    return encoded.some((text) => text.length <= end - start && text.every((byte, i) => all[start + i] === byte))
  }
}

/** @param types of the store's fields @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkWhere(where: Where | undefined, types: FieldTypes): Where | undefined {
  if (where === undefined) return undefined
  const { startsWith, between = {} } = checkKeys('where', checkObject('where', where), { startsWith: 0, between: 0 })
  if (startsWith !== undefined) {
    const isText =
      typeof startsWith === 'string' ||
      (Array.isArray(startsWith) && startsWith.every((text) => typeof text === 'string'))
    if (!isText) throw wrongArgument('where.startsWith', 'a string or an array of strings', startsWith)
  }
  const known = Object.keys(types).filter((name) => types[name] === 'number')
  for (const [name, range] of Object.entries(checkObject('where.between', between))) {
    const [from, to] = checkList<unknown>(`where.between.${name}`, range, 'two numbers [from, to]')
    const isRange = range.length === 2 && typeof from === 'number' && typeof to === 'number' && from <= to
    if (!isRange) throw wrongArgument(`where.between.${name}`, 'two numbers [from, to], the smaller one first', range)
    if (!known.includes(name) && Object.keys(types).length > 0)
      throw wrongArgument('where.between', `fields of numbers (${known.join(', ') || 'this store has none'})`, name)
  }
  return where
}
