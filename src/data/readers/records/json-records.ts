/** From the JSON objects of any layout to records: keys are found as columns are. */
import { resolveColumns, type ColumnNames, type Columns } from './columns'
import type { CaptionRecord } from '../../record'
import { splitOf, type Splits } from './splits'
import { recordOf, type ResolveImage } from './to-record'

/** A record, why there is none, or `undefined` where the object belongs to a split that is not wanted. */
export type ToRecord = (value: unknown) => CaptionRecord | string | undefined

/**
 * Turns objects into records. Keys are looked for anew when they change.
 * The function throws `DreamLIPError` `DATA_INVALID` for objects whose keys name no image or no caption.
 */
export function jsonRecords(
  source: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
  split?: Splits,
): ToRecord {
  let keys: readonly string[] = []
  let columns: Columns | undefined
  let isWanted: (row: readonly unknown[]) => boolean
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is no JSON object'
    const object = withWholePath(value as Record<string, unknown>)
    const found = Object.keys(object)
    if (!columns || found.length !== keys.length || found.some((key, i) => key !== keys[i])) {
      columns = undefined
      columns = resolveColumns(source, found, names)
      isWanted = splitOf(source, found, split)
      keys = found
      onGuess(columns.guesses)
    }
    const row = Object.values(object)
    return isWanted(row) ? recordOf(row, columns, resolve) : undefined
  }
}

/** Karpathy's splits name an image by its folder and its file. */
function withWholePath(object: Record<string, unknown>): Record<string, unknown> {
  const { filepath, filename, ...rest } = object
  const isSplit = typeof filepath === 'string' && typeof filename === 'string' && Array.isArray(object['sentences'])
  return isSplit ? { ...rest, filepath: filepath === '' ? filename : `${filepath}/${filename}` } : object
}
