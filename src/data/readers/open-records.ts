/** How a data set is opened, whatever the platform. */
import type { ColumnNames } from './records/columns'
import type { Shard, ShardIndex } from '../shard'

/** What a file or folder is read as. */
export type DataLayout =
  | 'csv' // a table with a header, or without one; also gzipped, as all text
  | 'txt' // an index whose lines are paths of JSON files, one a record
  | 'json' // a list of records
  | 'jsonl' // a record a line
  | 'coco' // COCO's captions: { images, annotations }
  | 'karpathy' // Karpathy's splits: { images: [{ filepath, filename, sentences }] }
  | 'parquet'
  | 'tar' // WebDataset
  | 'folder' // images, each with its captions beside it
  | 'imagefolder' // Hugging Face's: images with metadata.jsonl or metadata.csv

export interface OpenRecordsOptions {
  /** Default: what the name's ending and the contents tell. */
  readonly layout?: DataLayout
  /** Which column, or key of JSON records, holds what; default: found by name, by likeness, or by the released order. */
  readonly columns?: ColumnNames
  /** The folder where relative image paths start; default: the one that holds the file. Or a function from the path that the data name to an image. */
  readonly images?: string | ((path: string) => string)
  /** Whether images lie in that folder under the last part of their path or URL: `…/dog.jpg?w=9` is `dog.jpg`. Default false. */
  readonly byName?: boolean
  /**
   * Whether the data may name any file of this machine: absolute paths, `file:` URLs, paths and links that lead out of the folder
   * of images. Default false: each such sample is left out, and says so.
   */
  readonly absolutePaths?: boolean
  /** The splits that are read, such as `train`: by a column or key named split, or by the names of files. Default: all. */
  readonly split?: string | readonly string[]
  /** How often each part of a `::` list is drawn from, as open_clip's `--train-data-upsampling-factors`; needs as many as parts. */
  readonly weights?: readonly number[]
  /** Sent with every request for the data's own files, such as `Authorization`; images are asked for without. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Told while an index is made, which is done once a file: samples found so far. */
  readonly onIndex?: (file: string, samples: number) => void
}

/** A shard with an index, and how often its part is drawn from. */
export type IndexedShard = Shard & { readonly index: ShardIndex; readonly weight?: number }

/** A data set's files. */
export interface OpenedRecords {
  readonly shards: readonly IndexedShard[]
  /** What was guessed about columns, encodings and the like, and what of a file is lost, in words; more may come while reading. */
  readonly guesses: readonly string[]
  /** What the files were read as, each once. */
  readonly layouts: readonly string[]
}
