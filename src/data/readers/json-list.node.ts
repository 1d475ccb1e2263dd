/** Reads a JSON file that holds a list of records, however long, without loading it. */
import { JSONParser } from '@streamparser/json'
import { DreamLIPError } from '../../errors'
import { describeBytes, streamBytes } from '../../bytes/stream-bytes.node.ts'
import type { ColumnNames } from './columns'
import { jsonRecords } from './json-records'
import type { Reading, Shard } from '../shard'
import type { ResolveImage } from './to-record'

/** Bytes without a finished record: no record is so large. */
const largestRecord = 64 * 1024 * 1024

/** A list in a file; places are the records' numbers. What follows a fault in the JSON is lost, and counts as one sample. */
export async function openJSONList(
  location: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void,
): Promise<Shard> {
  const { version } = await describeBytes(location)
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    const toRecord = jsonRecords(location, names, resolve, onGuess)
    let number = 0
    const convert = (value: unknown): Reading => {
      const sample = `${location} record ${number}`
      const record = attempt(() => toRecord(value))
      const end = ++number
      return typeof record === 'string'
        ? { problem: { reason: 'json', sample, message: record }, end }
        : { record, end }
    }
    try {
      for await (const value of listValues(location, signal)) {
        if (number < from) number++
        else yield convert(value)
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof DreamLIPError && error.code !== 'DATA_INVALID') throw error
      const problem = {
        reason: 'json' as const,
        sample: `${location} record ${number}`,
        message: (error as Error).message,
      }
      if (number >= from) yield { problem, end: number + 1 }
    }
  }
  return { name: location, version, read }
}

/** A record whose keys fit nothing is one broken record, not the end of the run. */
function attempt<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    if (error instanceof DreamLIPError) return error.message
    throw error
  }
}

async function* listValues(location: string, signal?: AbortSignal): AsyncGenerator<unknown> {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false })
  let values: unknown[] = []
  let failure: Error | undefined
  parser.onValue = ({ value }) => void values.push(value)
  parser.onError = (error) => void (failure ??= error)
  let sinceLast = 0
  for await (const chunk of streamBytes(location, 0, signal)) {
    parser.write(chunk)
    sinceLast = values.length > 0 ? 0 : sinceLast + chunk.length
    yield* values
    values = []
    if (failure) throw failure
    if (sinceLast > largestRecord) {
      throw new DreamLIPError('DATA_INVALID', `no record ends within ${largestRecord} bytes`)
    }
  }
  if (!parser.isEnded) throw new DreamLIPError('DATA_INVALID', 'the file ends before its list does')
}
