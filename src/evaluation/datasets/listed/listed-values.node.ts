/** Reads the values of a JSON file one by one, so lists of any size fit into memory. Damage becomes a problem with a position. */
import { parseValue } from '../../../data/readers/json.node.ts'
import { JSONBroken, readValues, type JSONShape } from '../../../data/readers/text/json-values'
import { openText } from '../../../data/readers/text/text-source.node.ts'
import type { DataProblem } from '../data-set'

export interface ListedValue {
  readonly value: Fields
  /** For an object of lists, the key of the list. */
  readonly key?: string
}

/** The fields of an object in JSON. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * Objects in a file. Other values, and the part of a file after damage, are added to `problems`.
 * @param key for an `object`, the only list to read
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `DATA_INVALID`; the signal's reason when aborted
 */
export async function* listedValues(
  path: string,
  shape: JSONShape,
  problems: DataProblem[],
  { key, signal }: { readonly key?: string; readonly signal?: AbortSignal } = {},
): AsyncGenerator<ListedValue> {
  const text = await openText(path)
  try {
    for await (const found of readValues(text.stream(text.start, signal), text.start, shape, false, key)) {
      const parsed = parseValue(found, text)
      const value = 'problem' in parsed ? undefined : parsed.value
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        yield { value: value as Fields, ...(found.key !== undefined && { key: found.key }) }
      } else {
        const why = 'problem' in parsed ? parsed.problem : 'it is not an object'
        problems.push({ item: path, reason: 'entry-unreadable', message: `${path} at byte ${found.start}: ${why}.` })
      }
    }
  } catch (error) {
    if (!(error instanceof JSONBroken)) throw error
    problems.push({ item: path, reason: 'list-damaged', message: `${path}: ${error.message}.` })
  }
}

/** A text, or a number as a text; undefined for everything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}
