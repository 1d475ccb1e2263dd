/** The report of a shard. It is written after the shard's other files, so if it exists, they are complete. */
import { DreamLIPError } from '../../errors'
import type { Destination } from '../destination/destination'
import { reportFile } from './shard-files'

export interface LeftOut {
  readonly sample: string
  readonly reason: string
  readonly message: string
}

export interface ShardReport {
  /** The shard's place in the whole list. */
  readonly number: number
  /** Where its samples came from. */
  readonly shard: string
  /** The fingerprint of the model. */
  readonly model: string
  /** The settings that determine the contents of the files. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly versions: Readonly<Record<string, string>>
  readonly samples: number
  readonly embedded: number
  /** Samples that were left out, by reason. */
  readonly reasons: Readonly<Record<string, number>>
  /** The first samples that were left out. */
  readonly leftOut: readonly LeftOut[]
  /** The sizes of the other files in bytes. */
  readonly files: Readonly<Record<string, number>>
  /** Why the shard could not be read. The next run tries it again. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** The same shard, embedded by the same model in the same way. */
export type ShardIdentity = Pick<ShardReport, 'number' | 'shard' | 'model' | 'settings'>

/** Adds counts by reason to others. */
export function addReasons(sums: Record<string, number>, reasons: ShardReport['reasons']): void {
  for (const [reason, count] of Object.entries(reasons)) sums[reason] = (sums[reason] ?? 0) + count
}

export function jsonBytes(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`)
}

/** The report of a shard that could not be read. */
export function failedReport(
  identity: ShardIdentity,
  versions: ShardReport['versions'],
  error: ShardReport['error'],
): ShardReport {
  return { ...identity, versions, samples: 0, embedded: 0, reasons: {}, leftOut: [], files: {}, error }
}

/**
 * The report of a shard, if it and all files that it names exist.
 * @throws DreamLIPError `OUTPUT_MISMATCH` if another shard took its place, or the shard was embedded in another way
 */
export async function findReport(
  destination: Destination,
  identity: ShardIdentity,
  signal?: AbortSignal,
): Promise<ShardReport | undefined> {
  const path = reportFile(identity.number)
  const bytes = await destination.read(path, signal)
  const report = bytes && parseReport(bytes)
  if (!report || report.error) return undefined
  for (const [file, size] of Object.entries(report.files)) {
    if ((await destination.size(file, signal)) !== size) return undefined
  }
  checkSameOutput(`${destination.name}: ${path}`, ['shard', 'model', 'settings'], identity, report)
  return report
}

/** Parses a report. An incomplete one counts as missing, so the shard is embedded again. */
export function parseReport(bytes: Uint8Array): ShardReport | undefined {
  try {
    const report = JSON.parse(new TextDecoder().decode(bytes)) as Partial<ShardReport> | null
    const isWhole = typeof report?.files === 'object' && report.files !== null && typeof report.samples === 'number'
    return isWhole ? (report as ShardReport) : undefined
  } catch {
    return undefined
  }
}

/** @param path the file that records how the output was made @throws DreamLIPError `OUTPUT_MISMATCH` naming the first difference */
export function checkSameOutput<Key extends keyof ShardIdentity>(
  path: string,
  keys: readonly Key[],
  expected: Pick<ShardIdentity, Key>,
  found: Pick<ShardIdentity, Key>,
): void {
  for (const key of keys) {
    const [wanted, came] = [JSON.stringify(expected[key]), JSON.stringify(found[key])]
    if (wanted === came) continue
    throw new DreamLIPError(
      'OUTPUT_MISMATCH',
      `${path}: expected ${key} ${wanted.slice(0, 200)}; this output was made with ${came.slice(0, 200)}. ` +
        'Choose another output, or give the same list of shards, model and settings as before.',
    )
  }
}
