/** A table's index on its vectors, for approximate nearest neighbours (ANN): a search compares only some of them. */
import type { LanceModule, LanceTable } from './lancedb'

/** Index types. A search compares the vectors of the nearest partitions, either exact (`flat`) or compressed. */
export type AnnType = 'ivf-rq' | 'ivf-pq' | 'ivf-hnsw-sq' | 'ivf-flat'

export const annTypes: readonly AnnType[] = ['ivf-rq', 'ivf-pq', 'ivf-hnsw-sq', 'ivf-flat']

export interface AnnOptions {
  /**
   * `auto` (default): adds new vectors to the existing index, or builds an `ivf-rq` index from 50,000 vectors on. `none` removes
   * the index. An index type rebuilds it.
   */
  readonly type?: AnnType | 'auto' | 'none'
  /** The number of partitions; default the square root of the number of vectors, or one per million for `ivf-hnsw-sq`. */
  readonly partitions?: number
}

/** The index of a table. */
export interface AnnIndex {
  readonly type: AnnType | 'none'
  /** The number of indexed vectors. */
  readonly rows: number
  /** Only if the index was built by this call. */
  readonly partitions?: number
}

/** Below this, comparing all vectors takes a fraction of a second. */
const fewestRows = 50_000

/** LanceDB's names of the index types. */
const names: Readonly<Record<AnnType, string>> = {
  'ivf-rq': 'IvfRq',
  'ivf-pq': 'IvfPq',
  'ivf-hnsw-sq': 'IvfHnswSq',
  'ivf-flat': 'IvfFlat',
}

/** The default number of partitions for a table of this size. */
export function partitionsFor(type: AnnType, rows: number): number {
  return Math.max(1, type === 'ivf-hnsw-sq' ? Math.ceil(rows / 1e6) : Math.round(Math.sqrt(rows)))
}

/** Builds, updates or removes the index. */
export async function buildAnnIndex(
  { Index }: LanceModule,
  table: LanceTable,
  width: number,
  { type = 'auto', partitions }: AnnOptions,
): Promise<AnnIndex> {
  const rows = await table.countRows()
  const indices = await table.listIndices()
  const found = indices.find(({ columns }) => columns.includes('vector'))
  if (type === 'none' || (type === 'auto' && !found && rows < fewestRows)) {
    if (found && type === 'none') await table.dropIndex(found.name)
    return { type: 'none', rows: 0 }
  }
  if (!indices.some(({ columns }) => columns.includes('id'))) {
    await table.createIndex('id', { config: Index.btree(), replace: true }) // to look up the vectors and fields of hits
  }
  if (type === 'auto' && found) {
    await table.optimize() // merges small files, and adds rows to the indexes
    return { type: annTypes.find((one) => names[one] === found.indexType) ?? 'ivf-flat', rows }
  }
  const made = type === 'auto' ? 'ivf-rq' : type
  const numPartitions = partitions ?? partitionsFor(made, rows)
  await table.createIndex('vector', { config: configOf(Index, made, numPartitions, width), replace: true })
  return { type: made, rows, partitions: numPartitions }
}

function configOf(Index: LanceModule['Index'], type: AnnType, numPartitions: number, width: number): object {
  const settings = { distanceType: 'cosine', numPartitions } as const
  switch (type) {
    case 'ivf-rq':
      return Index.ivfRq(settings)
    case 'ivf-pq': // one byte per 8 numbers: twice as fine as LanceDB's default
      return Index.ivfPq({ ...settings, ...(width % 8 === 0 && { numSubVectors: width / 8 }) })
    case 'ivf-hnsw-sq':
      return Index.hnswSq(settings)
    case 'ivf-flat':
      return Index.ivfFlat(settings)
  }
}
