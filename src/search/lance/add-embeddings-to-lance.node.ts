/** Builds a LanceDB table from the output of `embedShards`, without the pictures and without their model. */
import type { Destination } from '../../bulk/destination/destination'
import { openDestination } from '../../bulk/destination/open-destination.node.ts'
import { readEmbedded } from '../../bulk/output/read-embedded.node.ts'
import { checkObject } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { checkOptions } from '../vectors/reading/index-reader'
import type { AddedShards, AddShardsOptions } from './add-shards.node.ts'
import type { AnnIndex, AnnOptions } from './ann-index'
import { openLanceStore, type LanceStoreOptions } from './lance-store.node.ts'

export interface AddEmbeddingsToLanceOptions
  extends AddShardsOptions, Pick<LanceStoreOptions, 'table' | 'dtype' | 'storageOptions'> {
  /** The index to build on the table's vectors. */
  readonly ann?: AnnOptions
}

export interface LanceTableContents extends AddedShards {
  /** Pictures in the table. */
  readonly size: number
  readonly index: AnnIndex
}

const knownOptions = {
  table: 0,
  dtype: 0,
  storageOptions: 0,
  ann: { type: 0, partitions: 0 },
  onProgress: 0,
} as const

/**
 * Adds the output of `embedShards` or `dreamlip embed --shards` to a LanceDB table, which is created if necessary, and indexes it.
 * Shards already in the table are skipped, so an interrupted call can be repeated, and later calls add new shards. Needs the
 * package `@lancedb/lancedb`. Only one program may add at a time. Node only.
 * @param source the output: a folder, `s3://bucket/prefix`, or a destination
 * @param uri the table's database: a folder, or an address such as `s3://bucket/path`
 * @throws DreamLIPError as `openLanceStore` and `store.addEmbeddings`
 *
 * @example
 * await addEmbeddingsToLance('s3://bucket/embeddings', 's3://bucket/photos.lance')
 */
export async function addEmbeddingsToLance(
  source: string | Destination,
  uri: string,
  options: AddEmbeddingsToLanceOptions = {},
): Promise<LanceTableContents> {
  const { ann, table, dtype, storageOptions, onProgress, signal } = checkOptions(options, knownOptions)
  if (ann !== undefined) checkObject('ann', ann)
  const from = await openDestination(source)
  const { width, model } = await firstShard(from, signal)
  await using store = await openLanceStore(uri, { width, model, table, dtype, storageOptions })
  const added = await store.addEmbeddings(from, { onProgress, signal })
  const index = await store.buildIndex({ ...ann, signal })
  return { ...added, size: store.size, index }
}

async function firstShard(source: Destination, signal?: AbortSignal) {
  for await (const { images, keys, report } of readEmbedded(source, { ahead: 1, signal })) {
    return { width: images.length / keys.length, model: report.model }
  }
  throw new DreamLIPError(
    'DATA_EMPTY',
    `${source.name}: expected embeddings; got reports of shards without any. Look into them for the reasons.`,
  )
}
