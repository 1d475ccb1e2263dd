/** Writes a data set as WebDataset shards: images unchanged, captions as `.json` next to them, and on request one of them as `.txt`. */
import type { Progress } from '../progress'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from '#crc32'
import { lockFolder } from '../bytes/write/file-lock.node.ts'
import { writeFileAtomically } from '../bytes/write/write-file.node.ts'
import { mapAhead } from '../concurrency/map-ahead'
import { checkCall, checkChoice, checkPath, checkWhole, wrongArgument } from '../check-arguments'
import { makeFolder } from '../bytes/write/make-folder.node.ts'
import { DreamLIPError } from '../errors'
import { plural } from '../plural'
import { LongCaptionDataset } from './dataset'
import type { Problem, Reading, SkipReason } from './shard'
import { archiveChunks, type ArchivedSample } from './sharding/archive'
import { fingerprintOf } from './sharding/fingerprint.node.ts'
import { sizesOf, writeManifest, type ShardFacts } from './sharding/manifest.node.ts'
import { loadSample } from './sharding/sample.node.ts'
import { textFiles, type TextFile } from './sharding/text-file'
import { findWholeShards, rangesOf, removeShards, type ShardRange } from './sharding/whole-shards.node.ts'

export interface WriteShardsOptions {
  /** Samples per shard, skipped ones included; default 10,000. */
  readonly samplesPerShard?: number
  /**
   * The caption that is also stored as `.txt`, for programs that read one caption per image, such as open_clip: `raw`,
   * another one by its name, or `drawn`. A sample without it gets the first of its other captions. Default: no `.txt` is written.
   */
  readonly textFiles?: TextFile
  /** Maximum number of skipped samples; one more stops the writing. Default: a tenth of the data set. */
  readonly maxSkipped?: number
  /** Whether to delete the shards in the folder and start over. Default false: complete shards are kept. */
  readonly restart?: boolean
  readonly signal?: AbortSignal
  /** Called after each sample. */
  readonly onProgress?: (progress: Progress) => void
  /** Called for each skipped sample. */
  readonly onSkip?: (problem: Problem) => void
}

/** The shards in the folder. */
export interface WrittenShards {
  /** Samples by shard; `sizes.json` in the folder contains the same. */
  readonly sizes: Readonly<Record<string, number>>
  /** Number of shards from an earlier run. */
  readonly kept: number
  readonly skipped: ReadonlyMap<SkipReason, number>
}

/** Images to read at the same time, from disks or over the network. */
const imagesAtOnce = 8

/** Milliseconds between two writes of the manifest, which would take most of the time if shards are small. A killed process loses at most this much work. */
const millisecondsBetweenNotes = 1000

/**
 * Writes a data set as WebDataset shards. Each shard contains a fixed range of the samples and is written completely or not at all. A run
 * that was stopped continues with the shards that are missing or damaged.
 * @throws DreamLIPError `WRITE_FAILED`; `DATA_BROKEN`; `DATA_CHANGED` for a folder with the shards of other data or of another
 * size; `IN_USE` while another process writes there; the signal's reason when aborted
 */
export async function writeShards(
  dataset: LongCaptionDataset,
  folder: string,
  options: WriteShardsOptions = {},
): Promise<WrittenShards> {
  if (!(dataset instanceof LongCaptionDataset)) throw wrongArgument('dataset', 'a LongCaptionDataset', dataset)
  const { samplesPerShard = 10_000, maxSkipped = 0, textFiles: texts } = checkCall(options)
  checkPath('folder', folder)
  checkWhole('samplesPerShard', samplesPerShard, 1)
  checkWhole('maxSkipped', maxSkipped, 0)
  if (texts !== undefined) checkChoice('textFiles', texts, textFiles)
  await makeFolder(folder)
  const release = await lockFolder(folder)
  try {
    return await writeInto(dataset, folder, samplesPerShard, options)
  } finally {
    await release()
  }
}

async function writeInto(
  dataset: LongCaptionDataset,
  folder: string,
  samplesPerShard: number,
  options: WriteShardsOptions,
): Promise<WrittenShards> {
  const { signal, restart = false, maxSkipped = Math.ceil(dataset.size / 10) } = options
  const data = await fingerprintOf(dataset, signal)
  const plan = { samplesPerShard, samples: dataset.size, data, texts: options.textFiles }
  if (restart) await removeShards(folder)
  const shards = await findWholeShards(dataset, folder, plan, signal)
  const kept = shards.size
  let count = [...shards.values()].reduce((sum, { skipped }) => sum + sumOf(skipped), 0)
  const onSkip = (problem: Problem) => {
    options.onSkip?.(problem)
    if (++count > maxSkipped) throw tooMany(maxSkipped, problem)
  }
  // Also if there is nothing left to write: sizes.json may be missing or damaged.
  await writeManifest(folder, plan, shards)
  let noted = performance.now()
  try {
    for (const range of rangesOf(plan)) {
      if (shards.has(range.name)) continue
      shards.set(range.name, await writeShard(dataset, folder, range, { ...options, onSkip }))
      if (performance.now() - noted < millisecondsBetweenNotes) continue
      await writeManifest(folder, plan, shards)
      noted = performance.now()
    }
  } catch (error) {
    // On a full disk this fails too. Shards that are not recorded are written again.
    await writeManifest(folder, plan, shards).catch(() => undefined)
    throw error
  }
  await writeManifest(folder, plan, shards)
  return { sizes: sizesOf(shards), kept, skipped: totalSkipped(shards.values()) }
}

async function writeShard(
  dataset: LongCaptionDataset,
  folder: string,
  { name, from, to }: ShardRange,
  { textFiles: texts, signal, onProgress, onSkip }: WriteShardsOptions,
): Promise<ShardFacts> {
  const skipped: Partial<Record<SkipReason, number>> = {}
  let [samples, bytes, crc] = [0, 0, 0]
  async function* usable(): AsyncGenerator<ArchivedSample> {
    let done = from
    const readings = numbered(dataset.readings({ from, signal }), from, to)
    const load = ({ reading, number }: Numbered) => loadSample(reading, number, texts)
    for await (const sample of mapAhead(readings, imagesAtOnce, load)) {
      if ('problem' in sample) {
        skipped[sample.problem.reason] = (skipped[sample.problem.reason] ?? 0) + 1
        onSkip?.(sample.problem)
      } else {
        samples++
        yield sample
      }
      onProgress?.({ stage: 'samples', done: ++done, total: dataset.size })
    }
  }
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of archiveChunks(usable())) {
      bytes += chunk.length
      crc = crc32(chunk, crc)
      yield chunk
    }
  }
  const path = join(folder, name)
  await writeFileAtomically(path, counted(), signal)
  return { samples, skipped, bytes, crc32: crc, modified: (await stat(path)).mtimeMs }
}

interface Numbered {
  readonly reading: Reading
  readonly number: number
}

async function* numbered(readings: AsyncGenerator<Reading>, from: number, to: number): AsyncGenerator<Numbered> {
  let number = from
  for await (const reading of readings) {
    yield { reading, number }
    if (++number === to) return
  }
}

function sumOf(skipped: ShardFacts['skipped']): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0)
}

function totalSkipped(shards: Iterable<ShardFacts>): Map<SkipReason, number> {
  const total = new Map<SkipReason, number>()
  for (const { skipped } of shards) {
    for (const [reason, count] of Object.entries(skipped) as [SkipReason, number][]) {
      total.set(reason, (total.get(reason) ?? 0) + count)
    }
  }
  return total
}

function tooMany(maxSkipped: number, { sample, message }: Problem): DreamLIPError {
  return new DreamLIPError(
    'DATA_BROKEN',
    `data: expected to leave out at most ${plural(maxSkipped, 'sample')}; the next one is ${sample}: ${message}. Repair the data, or raise maxSkipped.`,
  )
}
