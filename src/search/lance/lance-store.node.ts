/** Vectors in a LanceDB table, on a disk or on object storage. */
import type { Destination } from '../../bulk/destination/destination'
import { openDestination } from '../../bulk/destination/open-destination.node.ts'
import { checkChoice, checkObject, checkSeed, checkStringsByName, checkText, checkWhole } from '../../check-arguments'
import { lockFolder } from '../../bytes/write/file-lock.node.ts'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { limit } from '../../concurrency/limit'
import { checkKeys } from '../../known-keys'
import type { Abortable, VectorStore, Where } from '../vector-store'
import { toUnitLength } from '../vectors/kernel/quantized'
import { checkWhere } from '../vectors/reading/allowed-rows'
import { drawNumbers } from '../vectors/reading/draw-rows'
import { checkOptions, checkVectors } from '../vectors/reading/index-reader'
import { checkFields, checkIds, checkTexts } from '../vectors/segments/field-types'
import { addShards, type AddedShards, type AddShardsOptions } from './add-shards.node.ts'
import { annTypes, buildAnnIndex, type AnnIndex, type AnnOptions } from './ann-index'
import { allRows, fieldsOf, rowsAt, rowsById, rowsOf, valuesOf } from './lance-rows'
import { mostAdded, newColumns, orderColumn, readSchema, type LanceDtype } from './lance-schema'
import type { LanceQuery } from './lancedb'
import { folderBeside } from './lance-place.node.ts'
import { openTable, type OpenedTable } from './open-table.node.ts'
import { saying } from './saying'
import { conditionOf, hasId } from './sql'

export interface LanceStoreOptions {
  /** The length of a vector. A new table needs it; an existing one must have the same. */
  readonly width?: number
  /** Identifies the source of the vectors, such as a model's fingerprint. A table from another source is refused. */
  readonly model?: string
  /** The name of the table; default `images`. */
  readonly table?: string
  /** The data type of a new table's vectors; default `float32`. `float16` halves the space, but usually slows indexing. */
  readonly dtype?: LanceDtype
  /** Credentials and settings of object storage, in LanceDB's form. */
  readonly storageOptions?: Readonly<Record<string, string>>
  /** In a table with an index: the number of partitions to search. More find more, but take longer. Default 40. */
  readonly probes?: number
  /** In a table with an index: reads this many times the requested number of vectors, and compares them exactly. Default 10. */
  readonly refine?: number
  /** How many bytes of an index stay in memory; default 6 GB. Other partitions are read when a search needs them. */
  readonly cacheBytes?: number
}

/** A LanceDB store, with methods that only LanceDB has. */
export interface LanceStore extends VectorStore {
  /**
   * Adds the output of `embedShards` or `dreamlip embed --shards`, shard by shard, with the fields `caption` and `shard`. Shards
   * already in the table are skipped, so an interrupted call can be repeated. Only one program may add at a time.
   * @param source a folder, `s3://bucket/prefix`, or a destination
   * @throws DreamLIPError `INDEX_MISMATCH` for embeddings from another model; `SOURCE_UNREADABLE`, `NPY_INVALID`, `DATA_INVALID`,
   *   `WRITE_FAILED`; the signal's reason
   */
  addEmbeddings(source: string | Destination, options?: AddShardsOptions): Promise<AddedShards>
  /** Builds an index on the vectors, or adds new vectors to the existing one. Searches then become approximate. */
  buildIndex(options?: AnnOptions & Abortable): Promise<AnnIndex>
}

export function isLanceStore(store: VectorStore): store is LanceStore {
  return 'addEmbeddings' in store
}

const knownOptions = {
  width: 0,
  model: 0,
  table: 0,
  dtype: 0,
  storageOptions: 0,
  probes: 0,
  refine: 0,
  cacheBytes: 0,
} as const

/**
 * Opens a LanceDB table as a store, or creates a new one. It needs the package `@lancedb/lancedb`. A search compares all vectors,
 * unless the table has an index (`store.buildIndex`), which makes it faster but approximate.
 * @param uri a folder, or an address such as `s3://bucket/path`
 * @throws DreamLIPError `MISSING_DEPENDENCY`; `INDEX_MISMATCH` for a table with another width or model, `INDEX_INVALID` for a table
 *   with other contents; `SOURCE_UNREADABLE` if it cannot be opened. `add` and `remove` throw `WRITE_FAILED`
 *
 * @example
 * const store = await openLanceStore('s3://photos/index', { width: 512, storageOptions: { region: 'eu-west-1' } })
 */
export async function openLanceStore(uri: string, options: LanceStoreOptions = {}): Promise<LanceStore> {
  const known = checkKeys('', checkObject('options', options), knownOptions)
  const { width, model, table = 'images', dtype, storageOptions, probes = 40, refine = 10, cacheBytes } = known
  checkText('uri', uri)
  if (width !== undefined) checkWhole('width', width, 1, 65_536)
  if (model !== undefined) checkText('model', model)
  checkText('table', table)
  if (dtype !== undefined) checkChoice('dtype', dtype, ['float16', 'float32'])
  if (storageOptions !== undefined) checkStringsByName('storageOptions', storageOptions)
  checkWhole('probes', probes, 1, 2 ** 31 - 1)
  checkWhole('refine', refine, 1, 1000)
  if (cacheBytes !== undefined) checkWhole('cacheBytes', cacheBytes, 0)
  const opened = await openTable(uri, { table, width, model, dtype, storageOptions, cacheBytes })
  const settings = { probes, refine, folder: folderBeside(uri, table) }
  return createStore(opened, settings, await opened.table.countRows())
}

interface Settings {
  readonly probes: number
  readonly refine: number
  /** A local folder, for the lock. */
  readonly folder: string
}

/** The number of changes after which the table's small files are merged. */
const changesPerTidying = 64

function createStore(
  { name, lance, connection, table, contents }: OpenedTable,
  { probes, refine, folder }: Settings,
  count: number,
): LanceStore {
  const { width } = contents
  let [types, size, changes] = [contents.fields, count, 0]
  const reading = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) =>
    saying([name, 'SOURCE_UNREADABLE', 'read'], signal, work)
  const refresh = async () => {
    types = readSchema(name, await table.schema()).fields
    size = await table.countRows()
  }
  const alone = limit(1, async (signal: AbortSignal | undefined, work: () => Promise<unknown>) =>
    saying([name, 'WRITE_FAILED', 'changed'], signal, work).finally(() => refresh().catch(() => undefined)),
  )
  const change = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) => alone(signal, work) as Promise<T>
  const edit = (signal: AbortSignal | undefined, work: () => Promise<number>) =>
    change(signal, async () => {
      const result = await work()
      if (++changes % changesPerTidying === 0) await table.optimize()
      return result
    })
  const close = async () => {
    table.close()
    connection.close()
  }
  const filtered = <Query extends LanceQuery>(query: Query, where: Where | undefined): Query => {
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
          .nprobes(probes)
          .refineFactor(refine)
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
      const found = await reading(signal, () => rowsById(table, ids, ['vector'], signal))
      ids.forEach((id, i) => found.has(id) && data.set(found.get(id)!('vector') as ArrayLike<number>, i * width))
      return data
    },
    async fields(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkTexts('ids', ids)
      const found = await reading(signal, () => rowsById(table, ids, Object.keys(types), signal))
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
        const condition = checkWhere(where, types)
        const total = await table.countRows(condition && conditionOf(condition))
        const numbers = [...drawNumbers(total, Math.min(count, total), seed)]
        const data = new Float32Array(numbers.length * width)
        if (condition) {
          const allowed = await rowsAt(filtered(table.query(), where).select(['id']), numbers, signal)
          const ids = allowed.map((row) => row('id') as string)
          const found = await rowsById(table, ids, ['vector'], signal)
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
    async addEmbeddings(source, options = {}) {
      checkOptions(options, { onProgress: 0 })
      const opened = await openDestination(source)
      return change(options.signal, async () => {
        await makeFolder(folder)
        const release = await lockFolder(folder)
        try {
          return await addShards({ name, table }, opened, options)
        } finally {
          await release()
        }
      })
    },
    async buildIndex(options = {}) {
      const { type, partitions, signal } = checkOptions(options, { type: 0, partitions: 0 })
      if (type !== undefined) checkChoice('type', type, ['auto', 'none', ...annTypes])
      if (partitions !== undefined) checkWhole('partitions', partitions, 1, 1e6)
      return change(signal, () => buildAnnIndex(lance, table, width, { type, partitions }))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
