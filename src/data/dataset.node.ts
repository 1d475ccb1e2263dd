/** Data sets of files, which only Node opens. */
import {
  checkCall,
  checkCallback,
  checkChoice,
  checkFlag,
  checkList,
  checkNumber,
  checkStrings,
  checkStringsByName,
  checkText,
} from '../check-arguments'
import { LongCaptionDataset as RecordDataset } from './dataset'
import { checkKeys, type KeysOf } from '../known-keys'
import { dataLayouts, type OpenRecordsOptions } from './readers/open-records'
import { captionNames, type CaptionRecord } from './record'
import { shardOfRecords } from './record-shard'

/**
 * Images with long captions, from files or in memory.
 *
 * @example
 * const data = await LongCaptionDataset.open('cc3m_3long_3short_1raw_captions_url.csv', { images: 'cc3m' })
 * const loader = data.loader({ batchSize: 256, augmentation: 'crop' })
 * for await (const { images, captions } of loader.batches({ epoch: 0, sample: 0 })) { … }
 */
export class LongCaptionDataset extends RecordDataset {
  /**
   * Opens CSV and TSV files, JSON lists and JSON Lines, a `.txt` index of JSON files, COCO's and Karpathy's captions, Parquet,
   * WebDataset `.tar` shards (paths and URLs, `shard-{000..099}.tar`, `*.tar`, lists joined by `::`), or a folder of images with
   * captions next to them or in `metadata.jsonl`. Text and tar files may be gzipped. docs/data.md lists the layouts.
   * A file that does not state its number of samples is read through once, and the result is kept in `FILE.dreamlip-index`.
   * Images must be at http(s) addresses or inside the folder of images, unless `absolutePaths` is set.
   * @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`, `DATA_EMPTY`, `INVALID_ARGUMENT`; the signal's reason when aborted
   */
  static async open(location: string | URL, options: OpenRecordsOptions = {}): Promise<LongCaptionDataset> {
    if (!(location instanceof URL)) checkText('location', location, 'a path or URL')
    checkOpenOptions(checkCall(options))
    // Imported here because data sets in memory do not need the libraries for files.
    const { openRecords } = await import('./readers/open-records.node.ts')
    const opened = await openRecords(location, options)
    return new LongCaptionDataset(opened.shards, opened, opened.layouts)
  }

  static override of(records: readonly CaptionRecord[]): LongCaptionDataset {
    return new LongCaptionDataset([shardOfRecords(records)], { guesses: [] }, ['records'])
  }
}

const openKeys: KeysOf<OpenRecordsOptions> = {
  ...{ layout: 0, images: 0, byName: 0, absolutePaths: 0, split: 0, weights: 0, headers: 0, signal: 0, onIndex: 0 },
  captionsOptional: 0,
  columns: Object.fromEntries(['image', 'raw', ...captionNames].map((role) => [role, 0])),
}

/** @throws DreamLIPError `INVALID_ARGUMENT` naming the option */
function checkOpenOptions(options: OpenRecordsOptions): void {
  const { layout, columns, images, byName, absolutePaths, captionsOptional, split, weights, headers, onIndex } =
    checkKeys('', options, openKeys)
  if (layout !== undefined) checkChoice('layout', layout, dataLayouts)
  if (columns !== undefined) checkStringsByName('columns', columns as Record<string, string>)
  if (images !== undefined && typeof images !== 'function') checkText('images', images, 'a folder or a function')
  if (byName !== undefined) checkFlag('byName', byName)
  if (absolutePaths !== undefined) checkFlag('absolutePaths', absolutePaths)
  if (captionsOptional !== undefined) checkFlag('captionsOptional', captionsOptional)
  if (typeof split === 'string') checkText('split', split)
  else if (split !== undefined) checkStrings('split', split, 'the name of a split, or an array of them')
  if (weights !== undefined) {
    checkList('weights', weights).forEach((weight, i) => checkNumber(`weights[${i}]`, weight, { above: 0 }))
  }
  if (headers !== undefined) checkStringsByName('headers', headers)
  checkCallback('onIndex', onIndex)
}
