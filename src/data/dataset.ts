/** The class for long-caption data. */
import { checkCall, checkSeed, checkWhole } from '../check-arguments'
import { readEpoch } from './loader/order/epoch'
import { createLoader } from './loader/create-loader'
import type { Loader } from './loader/loader'
import type { LoaderOptions } from './loader/options'
import type { IndexedShard, OpenedRecords } from './readers/open-records'
import type { CaptionRecord } from './record'
import { shardOfRecords } from './record-shard'
import { indexStep, type Reading } from './shard'

export interface ReadingsOptions {
  /** Samples to skip; default 0. */
  readonly from?: number
  readonly seed?: number
  readonly signal?: AbortSignal
}

/**
 * Images with long captions. In Node the class also opens files: `LongCaptionDataset.open`.
 *
 * @example
 * const data = LongCaptionDataset.of([{ key: 'cat', image: blob, raw: 'A cat.', captions: { other: 'It sleeps.' } }])
 * const loader = data.loader({ batchSize: 1 })
 * for await (const { images, captions } of loader.batches({ epoch: 0, sample: 0 })) { … }
 */
export class LongCaptionDataset {
  /** Samples, broken ones included. */
  readonly size: number

  /** @internal Data sets are opened, or made of records. */
  protected constructor(
    private readonly shards: readonly IndexedShard[],
    private readonly opened: Pick<OpenedRecords, 'guesses'>,
    /** The layouts of the files, each once: `csv`, `coco`, `tar`, …; `records` for records in memory. */
    readonly layouts: readonly string[],
  ) {
    this.size = shards.reduce((sum, { index }) => sum + index.count, 0)
  }

  /** Messages about guessed columns and encodings, and about lost parts of files. Reading may add more. */
  get guesses(): readonly string[] {
    return this.opened.guesses
  }

  /**
   * A data set of records in memory. Their images may be anything that `encodeImage` takes.
   * @throws DreamLIPError `INVALID_ARGUMENT` for records without a key or captions
   */
  static of(records: readonly CaptionRecord[]): LongCaptionDataset {
    return new LongCaptionDataset([shardOfRecords(records)], { guesses: [] }, ['records'])
  }

  /**
   * Reads samples without decoding their images: a record, or the problem of a sample that has none.
   * @param options `seed` shuffles the samples (default: the order of the files), `from` is the first sample to read, `signal`
   */
  readings(options: ReadingsOptions = {}): AsyncGenerator<Reading> {
    const { from = 0, seed, signal } = checkCall(options)
    checkWhole('from', from, 0)
    if (seed !== undefined) checkSeed('seed', seed)
    const order = { seed: seed ?? 0, shuffle: seed === undefined ? 0 : indexStep }
    return readEpoch({ shards: this.shards, rank: 0, worldSize: 1, ...order }, 0, from, signal)
  }

  /** Batches for a `Trainer`. @throws DreamLIPError `INVALID_ARGUMENT`, `DATA_EMPTY` when the data cannot fill a batch */
  loader(options: LoaderOptions = {}): Loader {
    return createLoader(this.shards, options)
  }
}
