/** Finds the complete shards of a folder, which need not be written again. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from '#crc32'
import { openFile, streamFile } from '../../bytes/read/file.node.ts'
import { DreamLIPError } from '../../errors'
import type { LongCaptionDataset } from '../dataset'
import type { Reading, SkipReason } from '../shard'
import { isOurs, readArchive } from './archive'
import {
  checkPlan,
  manifestFile,
  otherShards,
  readManifest,
  sizesFile,
  type ShardFacts,
  type ShardPlan,
} from './manifest.node.ts'
import { captionsOf, loadSample } from './sample.node.ts'
import { textOf, type TextFile } from './text-file'

/** A shard and its range of the samples. */
export interface ShardRange {
  readonly name: string
  readonly from: number
  readonly to: number
}

export function rangesOf({ samples, samplesPerShard }: ShardPlan): ShardRange[] {
  return Array.from({ length: Math.ceil(samples / samplesPerShard) }, (_, i) => ({
    name: `${String(i).padStart(6, '0')}.tar`,
    from: i * samplesPerShard,
    to: Math.min((i + 1) * samplesPerShard, samples),
  }))
}

/**
 * The complete shards of the folder, from the manifest. If it is missing or damaged, each shard is compared with the data.
 * @throws DreamLIPError `DATA_CHANGED` for a folder with shards that are not in the plan
 */
export async function findWholeShards(
  dataset: LongCaptionDataset,
  folder: string,
  plan: ShardPlan,
  signal?: AbortSignal,
): Promise<Map<string, ShardFacts>> {
  const manifest = await readManifest(folder)
  if (!manifest) return compareShards(dataset, folder, plan, signal)
  checkPlan(folder, manifest, plan)
  const whole = new Map<string, ShardFacts>()
  for (const { name } of rangesOf(plan)) {
    signal?.throwIfAborted()
    const facts = Object.hasOwn(manifest.shards, name) ? manifest.shards[name] : undefined
    const modified = facts && (await modifiedIfSame(join(folder, name), facts))
    if (facts && modified !== undefined) whole.set(name, { ...facts, modified })
  }
  return whole
}

/** The date of the file, if its contents are as written. It is read only if its date has changed. */
async function modifiedIfSame(path: string, facts: ShardFacts): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isFile() || stats.size !== facts.bytes) return undefined
  const same = stats.mtimeMs === facts.modified || (await checksumOf(path)) === facts.crc32
  return same ? stats.mtimeMs : undefined
}

async function checksumOf(path: string): Promise<number> {
  let crc = 0
  for await (const chunk of streamFile(path, 0)) crc = crc32(chunk, crc)
  return crc
}

async function compareShards(
  dataset: LongCaptionDataset,
  folder: string,
  plan: ShardPlan,
  signal?: AbortSignal,
): Promise<Map<string, ShardFacts>> {
  const whole = new Map<string, ShardFacts>()
  const files = await readdir(folder)
  const ranges = rangesOf(plan)
  const known = new Map(ranges.map((range) => [range.name, range]))
  for (const name of files.filter((file) => /^\d{6,}\.tar$/.test(file)).sort()) {
    const range = known.get(name)
    if (!range) throw otherShards(folder, `it contains ${name}, but this data makes only ${ranges.length} shards`)
    const facts = await compareShard(
      dataset,
      folder,
      range,
      { isBegun: files.includes(sizesFile), texts: plan.texts },
      signal,
    )
    if (facts) whole.set(name, facts)
  }
  return whole
}

/**
 * Facts about a shard with the samples of the data, or undefined if it is damaged or incomplete.
 * @param isBegun whether shards were written here before: a damaged file is then taken for one of them
 * @param texts the caption that is also stored as text
 */
async function compareShard(
  dataset: LongCaptionDataset,
  folder: string,
  { name, from, to }: ShardRange,
  { isBegun, texts }: { readonly isBegun: boolean; readonly texts: TextFile | undefined },
  signal?: AbortSignal,
): Promise<ShardFacts | undefined> {
  const path = join(folder, name)
  const source = await openFile(path)
  const readings = dataset.readings({ from, signal })
  const skipped: Partial<Record<SkipReason, number>> = {}
  let [at, samples] = [from, 0]
  const next = async () => ({ number: at++, reading: (await readings.next()).value as Reading })
  /** Whether all samples up to one are still unusable. */
  const areBroken = async (until: number) => {
    while (at < until) {
      const { number, reading } = await next()
      const sample = await loadSample(reading, number, texts)
      if (!('problem' in sample)) return false
      skipped[sample.problem.reason] = (skipped[sample.problem.reason] ?? 0) + 1
    }
    return true
  }
  try {
    if (!isBegun && source.byteLength > 0 && !(await isOurs(source))) {
      throw otherShards(folder, `it contains ${name}, which is not a shard of this data`)
    }
    for await (const found of readArchive(source, texts !== undefined)) {
      const inRange = found.number >= at && found.number < to
      if (inRange && !(await areBroken(found.number))) return undefined
      const reading = inRange ? (await next()).reading : undefined
      const record = reading && 'record' in reading ? reading.record : undefined
      const text = record && texts && textOf(record, texts, found.number)
      const same = record && captionsOf(record) === found.captions && text === found.text
      if (!same) throw otherShards(folder, `its ${name} contains other samples, from number ${found.number} on`)
      samples++
    }
    if (!(await areBroken(to))) return undefined
    const { size, mtimeMs } = await stat(path)
    return { samples, skipped, bytes: size, crc32: await checksumOf(path), modified: mtimeMs }
  } catch (error) {
    const torn = error instanceof DreamLIPError && ['DATA_INVALID', 'OUT_OF_RANGE'].includes(error.code)
    if (torn) return undefined
    throw error
  } finally {
    await readings.return(undefined)
    await source.close()
  }
}

/** Removes the shards of a folder that this package wrote. @throws DreamLIPError `DATA_CHANGED` for a folder of other files */
export async function removeShards(folder: string): Promise<void> {
  const files = await readdir(folder)
  const shards = files.filter((file) => /^\d{6,}\.tar$/.test(file))
  if (shards.length > 0 && !files.includes(manifestFile) && !files.includes(sizesFile)) {
    throw otherShards(
      folder,
      `it contains ${shards[0]}, but neither ${sizesFile} nor ${manifestFile}, so this package may not have written it`,
    )
  }
  // The manifest is removed last, so that a second try after a kill removes the rest.
  for (const name of [...shards, sizesFile, manifestFile]) await rm(join(folder, name), { force: true })
}
