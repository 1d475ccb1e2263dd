/** The manifest of an output: the sums of its shards' reports, independent of how the work was divided. */
import { limit } from '../../concurrency/limit'
import type { Destination } from '../destination/destination'
import { manifestFile, reportFolder, reportFile } from './shard-files'
import { addReasons, checkSameOutput, jsonBytes, parseReport, type ShardReport } from './shard-report'

export interface Manifest {
  /** The fingerprint of the model. */
  readonly model: string
  readonly settings: ShardReport['settings']
  /** The versions on all machines, without repeats. */
  readonly versions: readonly ShardReport['versions'][]
  readonly shards: number
  readonly samples: number
  readonly embedded: number
  /** Samples that were left out, by reason. */
  readonly reasons: ShardReport['reasons']
  /** Shards that could not be read. */
  readonly failed: readonly {
    readonly number: number
    readonly shard: string
    readonly code: string
    readonly message: string
  }[]
}

/** Reports read at once. */
const readsAtOnce = 16

/**
 * Writes the manifest if every shard in the list has a report. Machines that finish at the same time may all write it: each looks
 * for new reports after writing, so the last one has them all.
 * @param shards the number of shards in the whole list
 * @returns undefined while shards are missing
 * @throws DreamLIPError `OUTPUT_MISMATCH` if shards were embedded by different models or with different settings; errors of reading
 *   and writing
 */
export async function writeManifest(
  destination: Destination,
  shards: number,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  for (let written = ''; ;) {
    const names = new Set(await destination.list(reportFolder, signal))
    const isWhole = Array.from({ length: shards }, (_, number) => reportName(number)).every((name) => names.has(name))
    if (!isWhole || shards === 0) return undefined
    const reports = await readReports(destination, [...names], signal)
    if (reports.length < shards) return undefined
    const manifest = manifestOf(destination.name, reports)
    const bytes = jsonBytes(manifest)
    const text = new TextDecoder().decode(bytes)
    if (text === written) return manifest
    const before = await destination.read(manifestFile, signal)
    if (before && new TextDecoder().decode(before) === text) return manifest
    await destination.write(manifestFile, [bytes], signal)
    written = text
  }
}

/** Reads reports, ordered by their numbers. */
async function readReports(
  destination: Destination,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ShardReport[]> {
  const read = limit(readsAtOnce, async (name: string) => {
    const bytes = await destination.read(`${reportFolder}/${name}`, signal)
    return bytes && parseReport(bytes)
  })
  const reports = (await Promise.all(names.filter((name) => name.endsWith('.json')).map(read))).filter(
    (report) => report !== undefined,
  )
  return reports.sort((a, b) => a.number - b.number)
}

const reportName = (number: number) => reportFile(number).slice(reportFolder.length + 1)

function manifestOf(name: string, reports: readonly ShardReport[]): Manifest {
  const { model, settings } = reports[0]!
  const reasons: Record<string, number> = {}
  let [samples, embedded] = [0, 0]
  for (const report of reports) {
    checkSameOutput(`${name}: ${reportFile(report.number)}`, ['model', 'settings'], reports[0]!, report)
    samples += report.samples
    embedded += report.embedded
    addReasons(reasons, report.reasons)
  }
  const failed = reports.flatMap(({ number, shard, error }) => (error ? [{ number, shard, ...error }] : []))
  const versions = [...new Set(reports.map((report) => JSON.stringify(report.versions)))].sort()
  return {
    ...{ model, settings, versions: versions.map((text) => JSON.parse(text) as ShardReport['versions']) },
    ...{ shards: reports.length, samples, embedded, reasons: sorted(reasons), failed },
  }
}

function sorted(reasons: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(reasons).sort(([a], [b]) => (a < b ? -1 : 1)))
}
