/** Long-caption data as users hold them: opened from files of any layout, or made of records. */
import { crc32 } from '#crc32'
import {
  checkCall,
  checkCallback,
  checkChoice,
  checkFlag,
  checkList,
  checkNumber,
  checkSeed,
  checkStrings,
  checkStringsByName,
  checkText,
  checkWhole,
} from '../check-arguments'
import { readEpoch } from './loader/epoch'
import { createLoader } from './loader/create-loader'
import type { Loader } from './loader/loader'
import type { LoaderOptions } from './loader/options'
import type { DataLayout, IndexedShard, OpenedRecords, OpenRecordsOptions } from './readers/open-records'
import { checkRecord, type CaptionRecord } from './record'
import { indexStep, numberedIndex, type Reading } from './shard'

export interface ReadingsOptions {
  /** Samples to pass over; default 0. */
  readonly from?: number
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** What a file or folder can be read as: the values of the option layout. */
const layouts: readonly DataLayout[] = [
  ...(['csv', 'txt', 'json', 'jsonl', 'coco', 'karpathy', 'parquet', 'tar', 'folder', 'imagefolder'] as const),
]

/** @throws DreamLIPError `INVALID_ARGUMENT` naming the option */
function checkOpenOptions(options: OpenRecordsOptions): void {
  const { layout, columns, images, byName, absolutePaths, split, weights, headers, onIndex } = options
  if (layout !== undefined) checkChoice('layout', layout, layouts)
  if (columns !== undefined) checkStringsByName('columns', columns as Record<string, string>)
  if (images !== undefined && typeof images !== 'function') checkText('images', images, 'a folder or a function')
  if (byName !== undefined) checkFlag('byName', byName)
  if (absolutePaths !== undefined) checkFlag('absolutePaths', absolutePaths)
  if (typeof split === 'string') checkText('split', split)
  else if (split !== undefined) checkStrings('split', split, 'the name of a split, or an array of them')
  if (weights !== undefined) {
    checkList('weights', weights).forEach((weight, i) => checkNumber(`weights[${i}]`, weight, { above: 0 }))
  }
  if (headers !== undefined) checkStringsByName('headers', headers)
  checkCallback('onIndex', onIndex)
}

/**
 * Images with long captions.
 *
 * @example
 * const data = await LongCaptionDataset.open('cc3m_3long_3short_1raw_captions_url.csv', { images: 'cc3m' })
 * const loader = data.loader({ batchSize: 256, augmentation: 'crop' })
 * for await (const { images, captions } of loader.batches({ epoch: 0, sample: 0 })) { … }
 */
export class LongCaptionDataset {
  /** Samples, broken ones included. */
  readonly size: number

  private constructor(
    private readonly shards: readonly IndexedShard[],
    private readonly opened: Pick<OpenedRecords, 'guesses'>,
    /** What the files were read as, each once: `csv`, `coco`, `tar`, …; `records` for those in memory. */
    readonly layouts: readonly string[],
  ) {
    this.size = shards.reduce((sum, { index }) => sum + index.count, 0)
  }

  /** What was guessed about columns, encodings and the like, and what of a file is lost, in words. Reading may add to it. */
  get guesses(): readonly string[] {
    return this.opened.guesses
  }

  /**
   * Opens files in Node: CSV and TSV, JSON lists and JSON Lines, a `.txt` index of JSON files, COCO's and Karpathy's captions,
   * Parquet, WebDataset `.tar` shards (paths and URLs, `shard-{000..099}.tar`, `*.tar`, lists joined by `::`), or a folder of images
   * with captions beside them or in `metadata.jsonl`. Text and tar files may be gzipped. docs/data.md lists the layouts.
   * Files that do not say how many samples they hold are read through once; what was found is kept in `FILE.dreamlip-index`.
   * Images that the data name lie at http(s) addresses or inside the folder of images, unless `absolutePaths` is set.
   * @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `DATA_EMPTY`, `INVALID_ARGUMENT`; the signal's reason when aborted
   */
  static async open(location: string | URL, options: OpenRecordsOptions = {}): Promise<LongCaptionDataset> {
    if (!(location instanceof URL)) checkText('location', location, 'a path or URL')
    checkOpenOptions(checkCall(options))
    // Only now: whoever brings records needs none of the libraries for files.
    const { openRecords } = await import('#data/readers/open-records')
    const opened = await openRecords(location, options)
    return new LongCaptionDataset(opened.shards, opened, opened.layouts)
  }

  /**
   * A data set of records in memory: in browsers too, where images are Blobs, ImageData and the like.
   *
   * @example
   * LongCaptionDataset.of([{ key: 'cat', image: blob, raw: 'A cat.', captions: { other: 'It sleeps. Its fur is red.' } }])
   */
  static of(records: readonly CaptionRecord[]): LongCaptionDataset {
    Array.from(checkList('records', records)).forEach((record, i) => {
      checkRecord(`records[${i}]`, record)
      checkText(`records[${i}].key`, record.key)
    })
    async function* read(from = 0): AsyncGenerator<Reading> {
      for (let i = from; i < records.length; i++) yield { record: records[i]!, end: i + 1 }
    }
    const index = numberedIndex(records.length)
    const encoder = new TextEncoder()
    const hash = records.reduce((crc, { key, raw, captions }) => {
      return crc32(encoder.encode(JSON.stringify([key, raw, captions])), crc)
    }, 0)
    return new LongCaptionDataset(
      [{ name: 'records', version: '', contents: hash.toString(16), index, read }],
      { guesses: [] },
      ['records'],
    )
  }

  /**
   * Samples from one on: records, and why there is none. Images are not decoded.
   * @param options `seed` shuffles the samples (by default they come in the order of the files), `from` is the first to read, `signal`
   */
  readings(options: ReadingsOptions = {}): AsyncGenerator<Reading> {
    const { from = 0, seed, signal } = checkCall(options)
    checkWhole('from', from, 0)
    if (seed !== undefined) checkSeed('seed', seed)
    const order = { seed: seed ?? 0, shuffle: seed === undefined ? 0 : indexStep }
    return readEpoch({ shards: this.shards, rank: 0, worldSize: 1, ...order }, 0, from, signal)
  }

  /** Batches for a `Trainer`, which takes the loader as its `data`. @throws DreamLIPError as `createLoader` */
  loader(options: LoaderOptions = {}): Loader {
    return createLoader(this.shards, options)
  }
}
