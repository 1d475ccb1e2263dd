/** Options and results of opening a data set of files. */
import type { CaptionSearch } from './records/columns'
import type { Shard, ShardIndex } from '../shard'

/** The layout of a file or folder. */
export type DataLayout =
  | 'csv' // a table with a header, or without one; also gzipped, as all text
  | 'txt' // an index whose lines are paths of JSON files, one record each
  | 'json' // a list of records
  | 'jsonl' // one record per line
  | 'coco' // COCO's captions: { images, annotations }
  | 'karpathy' // Karpathy's splits: { images: [{ filepath, filename, sentences }] }
  | 'parquet'
  | 'tar' // WebDataset
  | 'folder' // images, each with its captions next to it
  | 'imagefolder' // Hugging Face's layout: images with metadata.jsonl or metadata.csv

/** All layouts. */
export const dataLayouts: readonly DataLayout[] = [
  'csv',
  'txt',
  'json',
  'jsonl',
  'coco',
  'karpathy',
  'parquet',
  'tar',
  'folder',
  'imagefolder',
]

export interface OpenRecordsOptions extends CaptionSearch {
  /** Default: detected from the file name and the contents. */
  readonly layout?: DataLayout
  /** The folder that image paths are relative to; default: the folder of the file. Or a function that maps each path in the data to an image. */
  readonly images?: string | ((path: string) => string)
  /** Whether to look for images in that folder by the last part of their path or URL: `…/dog.jpg?w=9` is `dog.jpg`. Default false. */
  readonly byName?: boolean
  /**
   * Whether the data may name any file on this machine: absolute paths, `file:` URLs, paths and links that lead out of the folder
   * of images. Default false: each such sample is skipped and reported.
   */
  readonly absolutePaths?: boolean
  /** The splits to read, such as `train`. They are found by a column or key named split, or by the names of files. Default: all. */
  readonly split?: string | readonly string[]
  /** How often to draw from each part of a `::` list, like open_clip's `--train-data-upsampling-factors`. One number per part. */
  readonly weights?: readonly number[]
  /** Headers of every request for the files of the data, such as `Authorization`. Images are requested without them. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Called while a file is indexed for the first time, with the samples found so far. */
  readonly onIndex?: (file: string, samples: number) => void
}

/** A shard with its index, and the weight of its part. */
export type IndexedShard = Shard & { readonly index: ShardIndex; readonly weight?: number }

/** The opened files of a data set. */
export interface OpenedRecords {
  readonly shards: readonly IndexedShard[]
  /** Messages about guessed columns and encodings, and about lost parts of files. Reading may add more. */
  readonly guesses: readonly string[]
  /** The layouts of the files, each once. */
  readonly layouts: readonly string[]
}
