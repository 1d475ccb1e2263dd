/** An index on the vectors of a table, with which a search compares a part of them: approximate nearest neighbours (ANN). */
import type { LanceModule, LanceTable } from './lancedb'

/** The kinds of indexes. Vectors are in partitions; a search looks into the nearest ones, at the vectors as they are (`flat`) or compressed. */
export type AnnType = 'ivf-rq' | 'ivf-pq' | 'ivf-hnsw-sq' | 'ivf-flat'

export const annTypes: readonly AnnType[] = ['ivf-rq', 'ivf-pq', 'ivf-hnsw-sq', 'ivf-flat']

export interface AnnOptions {
  /**
   * `auto` (default): from 50,000 vectors on, makes an `ivf-rq` if there is no index, otherwise adds the new vectors to the one that is there.
   * `none` removes the index. A kind makes it anew.
   */
  readonly type?: AnnType | 'auto' | 'none'
  /** How many parts the vectors are divided into; default the square root of their number, and for `ivf-hnsw-sq` one per million. */
  readonly partitions?: number
}

/** The index of a table. */
export interface AnnIndex {
  readonly type: AnnType | 'none'
  /** How many vectors are in it. */
  readonly rows: number
  /** If it was made now. */
  readonly partitions?: number
}

/** Below this, comparing all vectors takes a fraction of a second. */
const fewestRows = 50_000

/** LanceDB's names. */
const names: Readonly<Record<AnnType, string>> = {
  'ivf-rq': 'IvfRq',
  'ivf-pq': 'IvfPq',
  'ivf-hnsw-sq': 'IvfHnswSq',
  'ivf-flat': 'IvfFlat',
}

/** The parts that a table of this size is divided into. */
export function partitionsFor(type: AnnType, rows: number): number {
  return Math.max(1, type === 'ivf-hnsw-sq' ? Math.ceil(rows / 1e6) : Math.round(Math.sqrt(rows)))
}

/** Makes, updates or removes the index. */
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
    await table.createIndex('id', { config: Index.btree(), replace: true }) // finds the vectors and fields of hits
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
    case 'ivf-pq': // a byte for every 8 numbers: half as coarse as LanceDB's default
      return Index.ivfPq({ ...settings, ...(width % 8 === 0 && { numSubVectors: width / 8 }) })
    case 'ivf-hnsw-sq':
      return Index.hnswSq(settings)
    case 'ivf-flat':
      return Index.ivfFlat(settings)
  }
}
