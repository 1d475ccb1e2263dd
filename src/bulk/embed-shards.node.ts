/** Embeds a data set shard by shard, on any number of machines, into files that clip-retrieval and autofaiss read. */
import {
  checkCall,
  checkChoice,
  checkFlag,
  checkObject,
  checkText,
  checkWhole,
  wrongArgument,
} from '../check-arguments'
import type { OpenRecordsOptions } from '../data/readers/open-records'
import { DreamLIP } from '../dreamlip'
import type { DreamLIPError } from '../errors'
import { checkDecode, type DecodeMode } from '../images/decode/decode-mode'
import { checkLong, type LongTexts } from '../inference/options'
import type { Progress } from '../progress'
import type { Destination } from './destination/destination'
import { embedItem, reportFailure, ShardUnreadable, type BulkSettings } from './embed-item.node.ts'
import { writeManifest } from './output/manifest'
import { openDestination } from './destination/open-destination.node.ts'
import { claimOutput } from './output/output-settings'
import { addReasons, findReport, type ShardIdentity, type ShardReport } from './output/shard-report'
import type { BulkDtype } from './output/shard-rows'
import { defaultRowsPerShard, listWork, partOf, type Partition, type WorkItem } from './work-list.node.ts'

export interface EmbedShardsOptions {
  /** Where the files go: a folder, `s3://bucket/prefix`, or another destination. */
  readonly out: string | Destination
  /** This machine's part of the work; default all. */
  readonly partition?: Partition
  /** Samples of a table (CSV, JSON, Parquet) or image folder per output file; default 10,000. A tar shard is always one file. */
  readonly rowsPerShard?: number
  /** How embeddings are stored; default `float16`, as clip-retrieval does. */
  readonly dtype?: BulkDtype
  /** Whether to embed the captions too; default true. If false, samples without captions are embedded as well. */
  readonly texts?: boolean
  readonly long?: LongTexts
  /** How large JPEG and WebP images are decoded; default `exact`. */
  readonly decode?: DecodeMode
  /** Images embedded at once; default 32. */
  readonly batchSize?: number
  /** How the samples are read; as for `LongCaptionDataset.open`. */
  readonly records?: OpenRecordsOptions
  /** Called after each group of samples (`stage: 'samples'`), and after each shard (`stage: 'shards'`). */
  readonly onProgress?: (progress: Progress) => void
  readonly onShard?: (shard: FinishedShard) => void
  /** How long to wait for a store that does not answer, in seconds; default 300. */
  readonly patienceSeconds?: number
  /** Called with the problem when the store does not answer and is tried again. */
  readonly onProblem?: (message: string) => void
  readonly signal?: AbortSignal
}

export interface FinishedShard {
  readonly report: ShardReport
  /** Whether it was already complete. */
  readonly wasThere: boolean
}

/** A shard that could not be read. */
export interface FailedShard {
  readonly shard: string
  readonly code: DreamLIPError['code']
  readonly message: string
}

export interface EmbeddedShards {
  readonly shards: number
  /** Shards that were already complete. */
  readonly skipped: number
  readonly failed: readonly FailedShard[]
  readonly samples: number
  readonly embedded: number
  /** Samples that were left out, by reason. */
  readonly reasons: Readonly<Record<string, number>>
}

/**
 * Embeds the images and captions of a data set. Shard number 12 becomes `img_emb/img_emb_00012.npy`,
 * `text_emb/text_emb_00012.npy`, `metadata/metadata_00012.parquet` with a row per sample, and finally `reports/00012.json`. A shard
 * is skipped if its report and files exist, so an interrupted run resumes where it stopped, and several machines can share the
 * work. Unreadable and repeated samples are left out, counted by reason, and named in the report. A file that the list names twice
 * is embedded once. The run that completes the output writes `manifest.json`, with the sums of all reports.
 * @param shards as for `LongCaptionDataset.open`: `laion/{00000..41407}.tar`, a folder, a CSV or Parquet list of URLs
 * @returns counts over all shards of the partition; `failed` names shards that could not be opened, which the next run tries again
 * @throws DreamLIPError `INVALID_ARGUMENT`, `SOURCE_UNREADABLE`, `DATA_INVALID`, `WRITE_FAILED`, `OUTPUT_MISMATCH` if the output
 *   was made by another model, from other shards or with other settings; the signal's reason
 */
export async function embedShards(
  model: DreamLIP,
  shards: string,
  options: EmbedShardsOptions,
): Promise<EmbeddedShards> {
  const { signal, onProgress, onShard, patienceSeconds, onProblem } = checkCall(options)
  if (!(model instanceof DreamLIP)) throw wrongArgument('model', 'a DreamLIP model', model)
  checkText('shards', shards, 'files, such as shards/{000..099}.tar')
  const { rowsPerShard = defaultRowsPerShard, partition = { index: 0, count: 1 } } = options
  checkWhole('rowsPerShard', rowsPerShard, 1)
  checkPartition(partition)
  const settings = settingsOf(options)
  const records = readingOf(options.records, settings)
  const destination = await openDestination(options.out, { patienceSeconds, onWait: onProblem })
  const list = await listWork(shards, { ...records, signal }, rowsPerShard)
  const items = partOf(list, partition)
  const fingerprint = await model.fingerprint({ signal })
  const tally = createTally()
  let embedded = 0
  const onSamples = (count: number) => onProgress?.({ stage: 'samples', done: (embedded += count), total: NaN })
  for (const [i, item] of items.entries()) {
    const work = { model, settings, records, destination, signal, onSamples }
    const finished = await finishItem(item, fingerprint, work)
    tally.add(finished)
    if ('report' in finished) onShard?.(finished)
    onProgress?.({ stage: 'shards', done: i + 1, total: items.length })
  }
  await writeManifest(destination, list.length, signal)
  return tally.result()
}

/** Embeds one shard unless it is already complete. If it cannot be read, its report says why. */
export async function finishItem(
  item: WorkItem,
  fingerprint: string,
  work: Parameters<typeof embedItem>[2],
): Promise<FinishedShard | FailedShard> {
  work.signal?.throwIfAborted()
  const identity = identityOf(item, fingerprint, work)
  await claimOutput(work.destination, identity, work.signal)
  const before = await findReport(work.destination, identity, work.signal)
  if (before) return { report: before, wasThere: true }
  try {
    return { report: await embedItem(item, identity, work), wasThere: false }
  } catch (error) {
    if (!(error instanceof ShardUnreadable)) throw error
    const done = await reportFailure(item, identity, error.cause, work)
    return done
      ? { report: done, wasThere: true }
      : { shard: item.name, code: error.cause.code, message: error.message }
  }
}

export function identityOf(
  { number, name }: WorkItem,
  model: string,
  { settings }: { readonly settings: BulkSettings },
): ShardIdentity {
  return { number, shard: name, model, settings: { ...settings } }
}

export function settingsOf({
  dtype = 'float16',
  texts = true,
  long,
  decode,
  batchSize = 32,
}: EmbedShardsOptions): BulkSettings {
  return {
    dtype: checkChoice('dtype', dtype, ['float16', 'float32']),
    texts: checkFlag('texts', texts),
    long: checkLong(long),
    decode: checkDecode(decode),
    batchSize: checkWhole('batchSize', batchSize, 1),
  }
}

/** Makes captions optional if they are not embedded. */
export function readingOf<Records extends OpenRecordsOptions>(
  records: Records | undefined,
  { texts }: BulkSettings,
): Records {
  return { captionsOptional: !texts, ...records } as Records
}

function checkPartition(partition: Partition): void {
  const { index, count } = checkObject('partition', partition, 'a partition { index, count }')
  checkWhole('partition.count', count, 1)
  checkWhole('partition.index', index, 0, count - 1)
}

function createTally() {
  let [shards, skipped, samples, embedded] = [0, 0, 0, 0]
  const failed: FailedShard[] = []
  const reasons: Record<string, number> = {}
  return {
    add(finished: FinishedShard | FailedShard) {
      shards++
      if (!('report' in finished)) return void failed.push(finished)
      const { report, wasThere } = finished
      if (wasThere) skipped++
      samples += report.samples
      embedded += report.embedded
      addReasons(reasons, report.reasons)
    },
    result: (): EmbeddedShards => ({ shards, skipped, failed, samples, embedded, reasons }),
  }
}
