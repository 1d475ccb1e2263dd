/** Reads rows of a LanceDB table. */
import { widenFloat16 } from '../../half-precision'
import type { Fields, VectorRows } from '../vector-store'
import type { FieldTypes } from '../vectors/segments/field-types'
import { orderColumn } from './lance-schema'
import type { LanceBatch, LanceQuery, LanceTable } from './lancedb'
import { hasId } from './sql'

/** A row, as a function from column to value. */
export type Row = (column: string) => unknown

export async function rowsOf(query: LanceQuery, signal: AbortSignal | undefined): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of query) {
    signal?.throwIfAborted()
    rows.push(...rowsIn(batch))
  }
  return rows
}

/** The rows of a query at these positions, in ascending order. Other rows are not kept. */
export async function rowsAt(
  query: LanceQuery,
  numbers: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const found: Row[] = []
  let start = 0
  for await (const batch of query) {
    signal?.throwIfAborted()
    const end = start + batch.numRows
    const wanted = () => found.length < numbers.length && numbers[found.length]! < end
    for (const rows = wanted() ? rowsIn(batch) : []; wanted();) found.push(rows[numbers[found.length]! - start]!)
    start = end
  }
  return found
}

function rowsIn(batch: LanceBatch): Row[] {
  return Array.from({ length: batch.numRows }, (_, i) => (column: string) => {
    const value = batch.getChild(column)?.get(i)
    return isArrowVector(value) ? numbersOf(value) : value
  })
}

interface ArrowVector {
  toArray(): ArrayLike<number>
}

function isArrowVector(value: unknown): value is ArrowVector {
  return typeof value === 'object' && value !== null && 'toArray' in value
}

/** Arrow returns float16 values as raw bits. */
function numbersOf(vector: ArrowVector): ArrayLike<number> {
  const numbers = vector.toArray()
  return numbers instanceof Uint16Array ? widenFloat16(numbers) : numbers
}

/** Ids per condition. */
const idsAtOnce = 1000

export async function rowsById(
  table: LanceTable,
  ids: readonly string[],
  columns: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>()
  for (let start = 0; start < ids.length; start += idsAtOnce) {
    const some = table.query().where(hasId(ids.slice(start, start + idsAtOnce)))
    for (const row of await rowsOf(some.select(['id', ...columns]), signal)) found.set(row('id') as string, row)
  }
  return found
}

/** All rows in the order in which they were added. */
export async function* allRows(
  table: LanceTable,
  types: () => FieldTypes,
  signal: AbortSignal | undefined,
): AsyncGenerator<VectorRows> {
  const columns = ['id', ...Object.keys(types()), orderColumn]
  for await (const batch of table.query().select(columns).orderBy({ columnName: orderColumn })) {
    signal?.throwIfAborted()
    const rows = rowsIn(batch)
    yield { ids: rows.map((row) => row('id') as string), fields: fieldsOf(types(), rows) }
  }
}

/** The values of a new row in LanceDB's form: null for missing ones. */
export function valuesOf(types: FieldTypes, fields: Fields, i: number): Record<string, string | number | null> {
  const entries = Object.keys(types).map((name) => {
    const value = fields[name]?.[i] ?? null
    return [name, typeof value === 'number' && Number.isNaN(value) ? null : value] as const
  })
  return Object.fromEntries(entries)
}

export function fieldsOf(types: FieldTypes, rows: readonly (Row | undefined)[]): Fields {
  const entries = Object.entries(types).map(([name, type]) => {
    const values = rows.map((row) => row?.(name) ?? undefined)
    const column =
      type === 'number'
        ? Float64Array.from(values, (value) => (value as number | undefined) ?? NaN)
        : values.map((value) => (value as string | undefined) ?? '')
    return [name, column] as const
  })
  return Object.fromEntries(entries)
}

/** The distinct values of a text column. */
export async function distinctTexts(
  table: LanceTable,
  column: string,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const texts = new Set<string>()
  for await (const batch of table.query().select([column])) {
    signal?.throwIfAborted()
    const values = batch.getChild(column)
    for (let i = 0; i < batch.numRows; i++) {
      const value = values?.get(i)
      if (typeof value === 'string') texts.add(value)
    }
  }
  return texts
}
