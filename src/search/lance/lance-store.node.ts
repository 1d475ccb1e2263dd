/** Vectors in a table of LanceDB, on a disk or on object storage. */
import { checkObject, checkSeed, checkStringsByName, checkText, checkWhole, wrongArgument } from '../../check-arguments'
import { limit } from '../../concurrency/limit'
import { DreamLIPError, type ErrorCode } from '../../errors'
import { checkKeys } from '../../known-keys'
import type { Fields, VectorRows, VectorStore, Where } from '../vector-store'
import { toUnitLength } from '../vectors/kernel/quantized'
import { checkWhere } from '../vectors/reading/allowed-rows'
import { checkSame } from '../vectors/reading/check-same'
import { drawNumbers } from '../vectors/reading/draw-rows'
import { checkOptions, checkVectors } from '../vectors/reading/index-reader'
import { checkFields, checkIds, checkTexts, type FieldTypes } from '../vectors/segments/field-types'
import { newColumns, newSchema, orderColumn, readSchema } from './lance-schema'
import type { LanceBatch, LanceConnection, LanceQuery, LanceTable } from './lancedb'
import { loadLance } from './load-lance.node.ts'
import { conditionOf, hasId } from './sql'

export interface LanceStoreOptions {
  /** The length of a vector. A new table needs it; an existing one must have the same. */
  readonly width?: number
  /** What makes the vectors, such as the fingerprint of a model. A table of something else is refused. */
  readonly model?: string
  /** The name of the table; default `images`. */
  readonly table?: string
  /** Credentials and settings of object storage, as LanceDB takes them. */
  readonly storageOptions?: Readonly<Record<string, string>>
}

const knownOptions = { width: 0, model: 0, table: 0, storageOptions: 0 } as const

/**
 * Opens a table of LanceDB as a store, or makes a new one. It needs the package `@lancedb/lancedb`. A search compares all vectors, unless
 * you make an index on `vector` in LanceDB, which makes it faster and approximate.
 * @param uri a folder, or an address such as `s3://bucket/path`
 * @throws DreamLIPError `MISSING_DEPENDENCY`; `INDEX_MISMATCH` for a table with another width or model, `INDEX_INVALID` for a table of
 * something else; `SOURCE_UNREADABLE` where it cannot be opened. `add` and `remove` throw `WRITE_FAILED`
 *
 * @example
 * const store = await openLanceStore('s3://photos/index', { width: 512, storageOptions: { region: 'eu-west-1' } })
 */
export async function openLanceStore(uri: string, options: LanceStoreOptions = {}): Promise<VectorStore> {
  const {
    width,
    model,
    table = 'images',
    storageOptions,
  } = checkKeys('', checkObject('options', options), knownOptions)
  checkText('uri', uri)
  if (width !== undefined) checkWhole('width', width, 1, 65_536)
  if (model !== undefined) checkText('model', model)
  checkText('table', table)
  if (storageOptions !== undefined) checkStringsByName('storageOptions', storageOptions)
  const lance = loadLance()
  const name = `${uri}, table ${table}`
  const { connection, opened } = await saying([name, 'SOURCE_UNREADABLE', 'opened'], undefined, async () => {
    // Other programs' changes are seen at once.
    const connection = await lance.connect(uri, { storageOptions, readConsistencyInterval: 0 })
    const isThere = (await connection.tableNames()).includes(table)
    if (!isThere && width === undefined)
      throw wrongArgument('width', `a number, because there is no table ${table}`, width)
    const opened = isThere
      ? await connection.openTable(table)
      : await connection.createEmptyTable(table, newSchema(width!, model), { existOk: true })
    return { connection, opened }
  })
  const found = readSchema(name, await opened.schema())
  checkSame(name, found, { width, model })
  return createStore({ name, width: found.width, connection, table: opened }, found.fields, await opened.countRows())
}

interface Opened {
  readonly name: string
  readonly width: number
  readonly connection: LanceConnection
  readonly table: LanceTable
}

/** Changes after which the table's small files are merged. */
const changesPerTidying = 64

function createStore({ name, width, connection, table }: Opened, fieldTypes: FieldTypes, count: number): VectorStore {
  let [types, size, changes] = [fieldTypes, count, 0]
  const reading = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) =>
    saying([name, 'SOURCE_UNREADABLE', 'read'], signal, work)
  const refresh = async () => {
    types = readSchema(name, await table.schema()).fields
    size = await table.countRows()
  }
  const edit = limit(1, async (signal: AbortSignal | undefined, work: () => Promise<number>) =>
    saying([name, 'WRITE_FAILED', 'changed'], signal, async () => {
      const result = await work()
      if (++changes % changesPerTidying === 0) await table.optimize()
      await refresh()
      return result
    }),
  )
  const close = async () => {
    table.close()
    connection.close()
  }
  const filtered = (query: LanceQuery, where: Where | undefined) => {
    const condition = checkWhere(where, types)
    return condition ? query.where(conditionOf(condition)) : query
  }
  return {
    width,
    get size() {
      return size
    },
    async add(ids, vectors, options = {}) {
      const { signal, fields = {} } = checkOptions(options, { fields: 0 })
      checkIds(ids)
      checkVectors('vectors', vectors, [ids.length, width])
      checkFields(fields, ids.length)
      const unit = toUnitLength(vectors, width, (row) => `vectors, row ${row} ('${ids[row]!.slice(0, 100)}')`)
      if (ids.length === 0) return { added: 0, replaced: 0 }
      const replaced = await edit(signal, async () => {
        const given = checkFields(fields, ids.length, types)
        const fresh = Object.fromEntries(Object.entries(given).filter(([field]) => !Object.hasOwn(types, field)))
        if (Object.keys(fresh).length > 0) await table.addColumns(newColumns(fresh))
        const first = (await table.version()) * mostAdded
        const rows = ids.map((id, i) => ({
          id,
          vector: unit.subarray(i * width, (i + 1) * width),
          [orderColumn]: first + i,
          ...valuesOf({ ...types, ...given }, fields, i),
        }))
        const { numUpdatedRows } = await table
          .mergeInsert('id')
          .whenMatchedUpdateAll()
          .whenNotMatchedInsertAll()
          .execute(rows)
        return numUpdatedRows
      })
      return { added: ids.length, replaced }
    },
    async remove(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkIds(ids)
      if (ids.length === 0) return 0
      return edit(signal, async () => (await table.delete(hasId(ids))).numDeletedRows)
    },
    async search(vector, k, options = {}) {
      const { signal, where } = checkOptions(options, { where: 0 })
      checkVectors('vector', vector, [width])
      checkWhole('k', k, 1)
      const query = toUnitLength(vector, width, () => 'vector')
      return reading(signal, async () => {
        const nearest = filtered(table.vectorSearch(query).distanceType('cosine').limit(k), where)
        const hits = await rowsOf(nearest.select(['id', '_distance']), signal)
        return {
          ids: hits.map((row) => row('id') as string),
          scores: Float32Array.from(hits, (row) => 1 - (row('_distance') as number)),
        }
      })
    },
    async vectors(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkTexts('ids', ids)
      const data = new Float32Array(ids.length * width).fill(NaN)
      const found = await reading(signal, () => byId(table, ids, ['vector'], signal))
      ids.forEach((id, i) => found.has(id) && data.set(found.get(id)!('vector') as ArrayLike<number>, i * width))
      return data
    },
    async fields(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkTexts('ids', ids)
      const found = await reading(signal, () => byId(table, ids, Object.keys(types), signal))
      return fieldsOf(
        types,
        ids.map((id) => found.get(id)),
      )
    },
    async sample(count, options = {}) {
      const { signal, seed = 0, where } = checkOptions(options, { seed: 0, where: 0 })
      checkWhole('count', count, 0)
      checkSeed('seed', seed)
      return reading(signal, async () => {
        const allowed = where && (await rowsOf(filtered(table.query(), where).select(['id']), signal))
        const total = allowed?.length ?? (await table.countRows())
        const numbers = [...drawNumbers(total, Math.min(count, total), seed)]
        const data = new Float32Array(numbers.length * width)
        if (allowed) {
          const ids = numbers.map((i) => allowed[i]!('id') as string)
          const found = await byId(table, ids, ['vector'], signal)
          ids.forEach((id, i) => data.set(found.get(id)!('vector') as ArrayLike<number>, i * width))
          return { ids, data }
        }
        if (numbers.length === 0) return { ids: [], data }
        const drawn = await rowsOf(table.takeOffsets(numbers).select(['id', 'vector']), signal)
        drawn.forEach((row, i) => data.set(row('vector') as ArrayLike<number>, i * width))
        return { ids: drawn.map((row) => row('id') as string), data }
      })
    },
    rows(options = {}) {
      const { signal } = checkOptions(options)
      return allRows(table, () => types, signal)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Rows of one addition have orders from the table's version times this on. */
const mostAdded = 2 ** 24

/** A row's values by column. */
type Row = (column: string) => unknown

async function rowsOf(query: LanceQuery, signal: AbortSignal | undefined): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of query) {
    signal?.throwIfAborted()
    rows.push(...rowsIn(batch))
  }
  return rows
}

function rowsIn(batch: LanceBatch): Row[] {
  return Array.from({ length: batch.numRows }, (_, i) => (column: string) => {
    const value = batch.getChild(column)?.get(i)
    return isArrowVector(value) ? value.toArray() : value
  })
}

function isArrowVector(value: unknown): value is { toArray(): ArrayLike<number> } {
  return typeof value === 'object' && value !== null && 'toArray' in value
}

/** Ids in one condition. */
const idsAtOnce = 1000

async function byId(
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

async function* allRows(
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

/** The values of a new row, as LanceDB takes them: null for none. */
function valuesOf(types: FieldTypes, fields: Fields, i: number): Record<string, string | number | null> {
  const entries = Object.keys(types).map((name) => {
    const value = fields[name]?.[i] ?? null
    return [name, typeof value === 'number' && Number.isNaN(value) ? null : value] as const
  })
  return Object.fromEntries(entries)
}

function fieldsOf(types: FieldTypes, rows: readonly (Row | undefined)[]): Fields {
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

/** Runs work of LanceDB, whose errors have no codes. */
async function saying<T>(
  [name, code, done]: readonly [name: string, code: ErrorCode, done: string],
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted()
    return await work()
  } catch (cause) {
    signal?.throwIfAborted()
    if (!(cause instanceof Error) || cause instanceof DreamLIPError) throw cause
    throw new DreamLIPError(code, `${name}: could not be ${done} by LanceDB: ${cause.message}.`, { cause })
  }
}
