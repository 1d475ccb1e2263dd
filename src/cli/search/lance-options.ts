/** Options of verbs for LanceDB tables. */
import type { Command } from 'commander'
import { DreamLIPError, openLanceStore, type LanceStoreOptions } from '../../index.node.ts'
import { parseCount, refuseUsage } from '../verb'

export interface LanceSearchOptions {
  readonly probes?: number
  readonly refine?: number
}

const prefix = 'lance:'

export const isLance = (place: string) => place.startsWith(prefix)

/** The address in `lance:ADDRESS`. */
export const lanceUri = (place: string) => place.slice(prefix.length)

export function withLanceOptions(command: Command): Command {
  return command
    .option(
      '--probes <n>',
      'in a table of LanceDB: how many partitions of its index a search looks into (default: 40)',
      parseCount,
    )
    .option('--refine <n>', 'in a table of LanceDB: how many times as many vectors are compared exactly', parseCount)
}

/** The `lance` option of `ImageIndex.open`. */
export function lanceOptions(
  place: string,
  { probes, refine }: LanceSearchOptions,
): { readonly lance?: Pick<LanceStoreOptions, 'probes' | 'refine'> } {
  if (isLance(place)) return { lance: { probes, refine } }
  if ((probes ?? refine) !== undefined) refuseUsage('--probes and --refine are for tables of LanceDB (lance:…).')
  return {}
}

/** Checks first: opening an index would create a table. @throws DreamLIPError `SOURCE_UNREADABLE`, `MISSING_DEPENDENCY` */
export async function checkTable(place: string): Promise<void> {
  try {
    await (await openLanceStore(lanceUri(place))).close()
  } catch (error) {
    if (!(error instanceof DreamLIPError) || error.code !== 'INVALID_ARGUMENT') throw error
    throw new DreamLIPError(
      'SOURCE_UNREADABLE',
      `--in ${place}: expected a table of LanceDB; there is none. ` +
        `Make it with: dreamlip index --from-embeddings EMBEDDINGS --into ${place}`,
    )
  }
}
