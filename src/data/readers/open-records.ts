/** How a data set is opened, whatever the platform. */
import type { ColumnNames } from './columns'
import type { Shard, ShardIndex } from '../shard'

export interface OpenRecordsOptions {
  /** Default: what the name's ending and the folder's contents tell. */
  readonly layout?: 'csv' | 'txt' | 'json' | 'parquet' | 'tar' | 'folder'
  /** Which column, or key of JSON records, holds what; default: found by name, by likeness, or by the released order. */
  readonly columns?: ColumnNames
  /** The folder where relative image paths start; default: the one that holds the file. Or a function from the path that the data name to an image. */
  readonly images?: string | ((path: string) => string)
  /** How often each part of a `::` list is drawn from, as open_clip's `--train-data-upsampling-factors`; needs as many as parts. */
  readonly weights?: readonly number[]
  readonly signal?: AbortSignal
  /** Told while an index is made, which is done once a file: samples found so far. */
  readonly onIndex?: (file: string, samples: number) => void
}

/** A shard with an index, and how often its part is drawn from. */
export type IndexedShard = Shard & { readonly index: ShardIndex; readonly weight?: number }

/** A data set's files. */
export interface OpenedRecords {
  readonly shards: readonly IndexedShard[]
  /** What was guessed about columns, in words. */
  readonly guesses: readonly string[]
}
