/** Turns the JSON objects of any layout into records. Keys are found in the same way as columns. */
import { resolveColumns, type CaptionSearch, type Columns } from './columns'
import type { CaptionRecord } from '../../record'
import { splitOf, type Splits } from './splits'
import { recordOf, type ResolveImage } from './to-record'

/** A record, a sentence that says why there is none, or `undefined` if the object belongs to another split. */
export type ToRecord = (value: unknown) => CaptionRecord | string | undefined

/**
 * Turns objects into records. Keys are searched again when they change.
 * The function throws `DreamLIPError` `DATA_INVALID` for objects whose keys name no image or no caption.
 */
export function jsonRecords(
  source: string,
  search: CaptionSearch,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
  split?: Splits,
): ToRecord {
  let keys: readonly string[] = []
  let columns: Columns | undefined
  let isWanted: (row: readonly unknown[]) => boolean
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not a JSON object'
    const object = withWholePath(value as Record<string, unknown>)
    const found = Object.keys(object)
    if (!columns || found.length !== keys.length || found.some((key, i) => key !== keys[i])) {
      columns = undefined
      columns = resolveColumns(source, found, search)
      isWanted = splitOf(source, found, split)
      keys = found
      onGuess(columns.guesses)
    }
    const row = Object.values(object)
    return isWanted(row) ? recordOf(row, columns, resolve) : undefined
  }
}

/** Karpathy's splits name an image by its folder and its file name. */
function withWholePath(object: Record<string, unknown>): Record<string, unknown> {
  const { filepath, filename, ...rest } = object
  const isSplit = typeof filepath === 'string' && typeof filename === 'string' && Array.isArray(object['sentences'])
  return isSplit ? { ...rest, filepath: filepath === '' ? filename : `${filepath}/${filename}` } : object
}
