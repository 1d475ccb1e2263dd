/** The manifest of a folder of shards, a file next to them. A resumed run compares it with its own options. */
import { join } from 'node:path'
import { readTextFile } from '../../bytes/read/file.node.ts'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { DreamLIPError } from '../../errors'
import type { SkipReason } from '../shard'
import { textFiles, type TextFile } from './text-file'

/** The settings that determine the samples of a shard. */
export interface ShardPlan {
  readonly samplesPerShard: number
  /** The number of samples in the data set, skipped ones included. */
  readonly samples: number
  /** The data set's fingerprint. */
  readonly data: string
  /** The caption that is also stored as text. */
  readonly texts?: TextFile
}

/** A finished shard. */
export interface ShardFacts {
  readonly samples: number
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>
  readonly bytes: number
  readonly crc32: number
  /** When its file was last written, in milliseconds since 1970. */
  readonly modified: number
}

export interface Manifest extends ShardPlan {
  readonly shards: Readonly<Record<string, ShardFacts>>
}

export const manifestFile = 'dreamlip-shards.json'
/** The number of samples per shard, for webdataset and open_clip. It is written, but never trusted. */
export const sizesFile = 'sizes.json'

/** The manifest of a folder, or undefined if it is missing or damaged. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const value = JSON.parse(await readTextFile(join(folder, manifestFile))) as Manifest
    const { samplesPerShard, samples, data, texts, shards } = value
    const valid =
      [samplesPerShard, samples].every(isCount) &&
      typeof data === 'string' &&
      (texts === undefined || textFiles.includes(texts)) &&
      Object.values(shards).every(areFacts)
    return valid ? value : undefined
  } catch {
    return undefined
  }
}

function areFacts({ samples, skipped, bytes, crc32, modified }: ShardFacts): boolean {
  return [samples, bytes, crc32, ...Object.values(skipped)].every(isCount) && typeof modified === 'number'
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** Writes the manifest and `sizes.json`. @throws DreamLIPError `WRITE_FAILED` */
export async function writeManifest(
  folder: string,
  { samplesPerShard, samples, data, texts }: ShardPlan,
  shards: ReadonlyMap<string, ShardFacts>,
): Promise<void> {
  const manifest: Manifest = { samplesPerShard, samples, data, texts, shards: Object.fromEntries(shards) }
  for (const [name, value] of [
    [manifestFile, manifest],
    [sizesFile, sizesOf(shards)],
  ] as const) {
    await writeFileAtomically(join(folder, name), [new TextEncoder().encode(`${JSON.stringify(value)}\n`)])
  }
}

/** The number of samples per shard, in the order of the shards. */
export function sizesOf(shards: ReadonlyMap<string, ShardFacts>): Record<string, number> {
  return Object.fromEntries([...shards].sort().map(([name, { samples }]) => [name, samples]))
}

/** @throws DreamLIPError `DATA_CHANGED` for a folder that was started with other data or options */
export function checkPlan(folder: string, begun: ShardPlan, now: ShardPlan): void {
  const changes = [
    begun.samplesPerShard !== now.samplesPerShard &&
      `${begun.samplesPerShard} samples per shard, not ${now.samplesPerShard}`,
    begun.samples !== now.samples && `${begun.samples} samples in all, not ${now.samples}`,
    begun.data !== now.data && 'other captions or columns',
    begun.texts !== now.texts && `${describeTexts(begun)}, not ${describeTexts(now)}`,
  ].filter((change) => change !== false)
  if (changes.length > 0) throw otherShards(folder, `it was started with ${changes.join(', ')}`)
}

function describeTexts({ texts }: ShardPlan): string {
  return texts === undefined ? 'no text files' : `text files of ${JSON.stringify(texts)}`
}

export function otherShards(folder: string, problem: string): DreamLIPError {
  return new DreamLIPError(
    'DATA_CHANGED',
    `${folder}: ${problem}. Continue with the original data and settings, choose another folder, or replace its shards ` +
      '(--restart, or the option restart).',
  )
}
