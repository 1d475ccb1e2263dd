/** Embeds the samples of one work item. Its files depend only on the samples, the model and the settings. */
import { version } from '../../package.json'
import type { OpenRecordsOptions } from '../data/readers/open-records'
import type { CaptionRecord } from '../data/record'
import type { DreamLIP } from '../dreamlip'
import { DreamLIPError } from '../errors'
import type { DecodeMode } from '../images/decode/decode-mode'
import type { LongTexts } from '../inference/options'
import type { Destination } from './destination/destination'
import { metadataTable, type EmbeddedSample } from './output/metadata-table.node.ts'
import { createRepeats } from './repeats'
import { shardFile, reportFile } from './output/shard-files'
import {
  failedReport,
  findReport,
  jsonBytes,
  type LeftOut,
  type ShardIdentity,
  type ShardReport,
} from './output/shard-report'
import { createRows, type BulkDtype } from './output/shard-rows'
import { readItem, type WorkItem } from './work-list.node.ts'

/** The settings that determine the output, besides the samples and the model. */
export interface BulkSettings {
  readonly dtype: BulkDtype
  readonly texts: boolean
  readonly long: LongTexts
  readonly decode: DecodeMode
  readonly batchSize: number
}

export interface EmbeddingItem {
  readonly model: DreamLIP
  readonly settings: BulkSettings
  readonly records: OpenRecordsOptions
  readonly destination: Destination
  readonly signal?: AbortSignal
  /** Called with the number of samples that were just embedded or left out. */
  readonly onSamples?: (count: number) => void
}

/** Samples that are read and embedded together. The model waits for the first images of each group. */
const groupSize = 512

/** The maximum number of problems listed in a report; all are counted. */
const namedProblems = 100

/** A shard that cannot be read. Other errors do not concern the shard and end the run. */
export class ShardUnreadable extends Error {
  constructor(override readonly cause: DreamLIPError) {
    super(cause.message)
  }
}

/** @throws ShardUnreadable; DreamLIPError of the model and of writing; the signal's reason */
export async function embedItem(
  item: WorkItem,
  identity: ShardIdentity,
  { model, settings, records, destination, signal, onSamples }: EmbeddingItem,
): Promise<ShardReport> {
  const { dtype, texts } = settings
  const images = createRows(model.config.embedDim, dtype)
  const captions = createRows(model.config.embedDim, dtype)
  const embedded: EmbeddedSample[] = []
  const leftOut: LeftOut[] = []
  const reasons: Record<string, number> = {}
  const leave = (problem: LeftOut) => {
    reasons[problem.reason] = (reasons[problem.reason] ?? 0) + 1
    if (leftOut.length < namedProblems) leftOut.push(problem)
  }
  for await (const { group, problems } of groupsOf(item, records, signal)) {
    problems.forEach(leave)
    const kept = await embedGroup(model, group, settings, signal)
    kept.errors.forEach(leave)
    images.add(kept.images)
    if (kept.texts) captions.add(kept.texts)
    for (const sample of kept.samples) embedded.push(sample)
    onSamples?.(group.length + problems.length)
  }
  const files = new Map<string, Uint8Array[]>()
  if (embedded.length > 0) {
    files.set(shardFile('images', item.number), images.file())
    if (texts) files.set(shardFile('texts', item.number), captions.file())
    files.set(shardFile('metadata', item.number), [await metadataTable(embedded)])
  }
  const sizes: Record<string, number> = {}
  for (const [path, chunks] of files) {
    await destination.write(path, chunks, signal)
    sizes[path] = chunks.reduce((sum, { length }) => sum + length, 0)
  }
  const left = Object.values(reasons).reduce((sum, count) => sum + count, 0)
  const report: ShardReport = {
    ...identity,
    versions: versionsOf(model),
    samples: embedded.length + left,
    embedded: embedded.length,
    reasons,
    leftOut,
    files: sizes,
  }
  await destination.write(reportFile(item.number), [jsonBytes(report)], signal)
  return report
}

/**
 * Reports why a shard could not be read, unless another worker has embedded it meanwhile.
 * @returns that worker's report
 */
export async function reportFailure(
  item: WorkItem,
  identity: ShardIdentity,
  { code, message }: Pick<DreamLIPError, 'code' | 'message'>,
  { model, destination, signal }: Pick<EmbeddingItem, 'model' | 'destination' | 'signal'>,
): Promise<ShardReport | undefined> {
  const done = await findReport(destination, identity, signal)
  if (done) return done
  const report = failedReport(identity, versionsOf(model), { code, message })
  await destination.write(reportFile(item.number), [jsonBytes(report)], signal)
  return undefined
}

function versionsOf(model: DreamLIP): ShardReport['versions'] {
  return { dreamlip: version, node: process.versions.node, device: model.device.name }
}

interface Group {
  readonly group: readonly CaptionRecord[]
  readonly problems: readonly LeftOut[]
}

async function* groupsOf(item: WorkItem, records: OpenRecordsOptions, signal?: AbortSignal): AsyncGenerator<Group> {
  let [group, problems]: [CaptionRecord[], LeftOut[]] = [[], []]
  const repeats = createRepeats(item)
  for await (const reading of readingsOf(item, records, signal)) {
    if ('problem' in reading) problems.push(reading.problem)
    else if (repeats.has(reading.record)) problems.push(repeats.problemOf(reading.record))
    else group.push(reading.record)
    if (group.length + problems.length < groupSize) continue
    yield { group, problems }
    ;[group, problems] = [[], []]
  }
  if (group.length + problems.length > 0) yield { group, problems }
}

/** @throws ShardUnreadable for errors that concern only this shard */
async function* readingsOf(...args: Parameters<typeof readItem>): ReturnType<typeof readItem> {
  try {
    yield* readItem(...args)
  } catch (error) {
    throw error instanceof DreamLIPError && ofOneShard.has(error.code) ? new ShardUnreadable(error) : error
  }
}

const ofOneShard = new Set(['SOURCE_UNREADABLE', 'DATA_INVALID', 'DATA_CHANGED', 'DATA_EMPTY', 'HTTP_STATUS', 'HTTP_PROTOCOL', 'HTTP_CHANGED', 'OUT_OF_RANGE']) // prettier-ignore

interface EmbeddedGroup {
  readonly samples: readonly EmbeddedSample[]
  /** `[samples, embedDim]` */
  readonly images: Float32Array
  readonly texts?: Float32Array
  readonly errors: readonly LeftOut[]
}

async function embedGroup(
  model: DreamLIP,
  group: readonly CaptionRecord[],
  { texts, long, decode, batchSize }: BulkSettings,
  signal?: AbortSignal,
): Promise<EmbeddedGroup> {
  const width = model.config.embedDim
  const { data, errors = [] } = await model.encodeImage(
    group.map(({ image }) => image),
    { batchSize, decode, signal, onError: 'skip' },
  )
  const broken = new Map(errors.map((error) => [error.index, error]))
  const rows = group.map((_, i) => i).filter((i) => !broken.has(i))
  const samples = rows.map((i) => ({ key: group[i]!.key, caption: captionOf(group[i]!) }))
  const images = new Float32Array(rows.length * width)
  rows.forEach((from, to) => images.set(data.subarray(from * width, (from + 1) * width), to * width))
  return {
    samples,
    images,
    ...(texts && {
      texts: (await model.encodeText(samples.map(({ caption }) => caption), { long, signal })).data, // prettier-ignore
    }),
    errors: [...broken].map(([i, { message }]) => ({ sample: group[i]!.key, reason: 'image', message })),
  }
}

/** The first caption of a sample that is not empty, beginning with the raw one. */
function captionOf({ raw, captions }: CaptionRecord): string {
  const all = [raw, ...Object.values(captions)].map((caption) =>
    caption === undefined || typeof caption === 'string' ? (caption ?? '') : caption.join(' '),
  )
  return all.find((caption) => caption.trim() !== '') ?? ''
}
