/** Reads JSON files of records of any length without loading them: lists, JSON Lines, and lists within an object. */
import { DreamLIPError } from '../../errors'
import type { CaptionSearch } from './records/columns'
import { jsonRecords, type ToRecord } from './records/json-records'
import type { Problem, Reading, Shard } from '../shard'
import type { Splits } from './records/splits'
import { duplicateKey, parseJSON } from './text/json-text'
import { JSONBroken, readValues, type FoundValue, type JSONShape } from './text/json-values'
import type { TextSource } from './text/text-source.node.ts'
import type { ResolveImage } from './records/to-record'

export interface JSONForm {
  readonly shape: JSONShape
  /** The key of the list that contains the records, in an object. */
  readonly key?: string
}

/** The records of a file. Positions are byte offsets. Everything after a fault in the JSON is lost, and counts as one sample. */
export function openJSON(
  text: TextSource,
  { shape, key }: JSONForm,
  search: CaptionSearch,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
  split?: Splits,
): Shard {
  const { name, version, start } = text
  async function* read(from?: number, signal?: AbortSignal): AsyncGenerator<Reading> {
    if (from === Infinity) return
    const toRecord = jsonRecords(name, search, resolve, onGuess, split)
    const first = from ?? start
    const values = readValues(text.stream(first, signal), first, shape, from !== undefined, key)
    try {
      for await (const value of values) {
        signal?.throwIfAborted()
        const record = recordOfValue(value, text, toRecord)
        if (record === undefined) continue
        const sample = `${name} at byte ${value.start}`
        yield typeof record === 'string'
          ? { problem: { reason: 'json', sample, message: record }, end: value.end }
          : { record, end: value.end }
      }
    } catch (error) {
      if (!(error instanceof JSONBroken)) throw error
      onGuess([`${name}: ${error.message}`])
      yield { problem: lost(name, error), end: Infinity }
    }
  }
  return { name, version, read }
}

/** The problem of a file that is cut off. */
export function lost(name: string, { message }: JSONBroken): Problem {
  return { reason: 'json', sample: name, message }
}

/** A record without known keys is one broken record, not the end of the run. */
function recordOfValue(value: FoundValue, text: TextSource, toRecord: ToRecord): ReturnType<ToRecord> {
  const parsed = parseValue(value, text)
  if ('problem' in parsed) return parsed.problem
  try {
    return toRecord(parsed.value)
  } catch (error) {
    if (error instanceof DreamLIPError) return error.message
    throw error
  }
}

/** The value of a record, or a sentence that says why it cannot be parsed. */
export function parseValue(
  { bytes }: FoundValue,
  text: TextSource,
): { readonly value: unknown } | { readonly problem: string } {
  const json = text.decode(bytes)
  if (typeof json !== 'string') return json
  try {
    const value = parseJSON(json)
    const key = duplicateKey(json)
    return key === undefined ? { value } : { problem: `it has the key ${key.slice(0, 60)} twice` }
  } catch (error) {
    return { problem: `it is not JSON: ${(error as Error).message.slice(0, 200)}` }
  }
}
