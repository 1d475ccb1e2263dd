/** From the JSON objects of any layout to records: keys are found as columns are. */
import { resolveColumns, type ColumnNames, type Columns } from './columns'
import type { CaptionRecord } from '../record'
import { recordOf, type ResolveImage } from './to-record'

/** Turns objects into records, or says in words why one is none. Keys are looked for anew when they change. */
export function jsonRecords(
  source: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
): (value: unknown) => CaptionRecord | string {
  let keys: readonly string[] = []
  let columns: Columns | undefined
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is no JSON object'
    const object = value as Record<string, unknown>
    const found = Object.keys(object)
    if (!columns || found.length !== keys.length || found.some((key, i) => key !== keys[i])) {
      keys = found
      columns = resolveColumns(source, keys, names)
      onGuess(columns.guesses)
    }
    return recordOf(Object.values(object), columns, resolve)
  }
}
