/** Reads CSV and TSV files of any size: the released layout, plain pairs, and whatever else names its columns. */
import { CsvError, parse } from 'csv-parse'
import { DreamLIPError } from '../../errors'
import { describeBytes, streamBytes } from '../../bytes/stream-bytes.node.ts'
import { resolveColumns, type ColumnNames, type Columns } from './columns'
import type { Problem, Reading, Shard } from '../shard'
import { recordOf, type ResolveImage } from './to-record'

/** Characters of a row; seven captions of 100,000 characters fit. A quote that is never closed is noticed here at the latest. */
const longestRow = 4 * 1024 * 1024

/** A row's cells, or what is wrong with it; `start` and `end` are byte offsets. */
type Row = ({ readonly cells: string[] } | { readonly problem: string }) & {
  readonly start: number
  readonly end: number
}

/**
 * Opens a file with a header. Tabs separate where the first line holds more of them than commas.
 * @throws DreamLIPError `DATA_INVALID` where columns are missing, `SOURCE_UNREADABLE`
 */
export async function openCSV(
  location: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
): Promise<{ shard: Shard; columns: Columns }> {
  const { version } = await describeBytes(location)
  const delimiter = await guessDelimiter(location)
  const header = await firstRow(readRows(location, 0, delimiter))
  if (header === undefined || 'problem' in header) {
    const found = header ? header.problem : 'the file is empty'
    throw new DreamLIPError('DATA_INVALID', `${location}: expected a header with the names of columns; ${found}.`)
  }
  const columns = resolveColumns(location, header.cells, names)
  const { cells, end: first } = header
  async function* read(from = first, signal?: AbortSignal): AsyncGenerator<Reading> {
    for await (const row of readRows(location, from, delimiter, cells.length, signal)) {
      const record = 'problem' in row ? row.problem : recordOf(row.cells, columns, resolve)
      yield typeof record === 'string'
        ? { problem: problemAt(location, row.start, record), end: row.end }
        : { record, end: row.end }
    }
  }
  return { shard: { name: location, version, read }, columns }
}

/**
 * Rows from a byte offset on. After a row that is broken, reading goes on at the next line: one quote too many costs a line, not
 * the rest of the file.
 */
async function* readRows(
  location: string,
  from: number,
  delimiter: string,
  cells?: number,
  signal?: AbortSignal,
): AsyncGenerator<Row> {
  for (let start = from; ;) {
    let broken: string | undefined
    try {
      for await (const { record, end } of parseFrom(location, start, delimiter, signal)) {
        const problem = problemOf(record, cells)
        broken = problem?.spansLines ? problem.message : undefined
        if (broken !== undefined) break
        yield problem ? { problem: problem.message, start, end } : { cells: record, start, end }
        start = end
      }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      broken = error.message
    }
    if (broken === undefined) return
    const end = await nextLine(location, start, signal)
    yield { problem: broken, start, end }
    start = end
  }
}

interface Parsed {
  readonly record: string[]
  readonly end: number
}

/** What the library makes of the file, until it gives up. Its own stream would lose the rows of a chunk that ends in an error. */
async function* parseFrom(
  location: string,
  from: number,
  delimiter: string,
  signal?: AbortSignal,
): AsyncGenerator<Parsed> {
  let parsed: Parsed[] = []
  const parser = parse({
    delimiter,
    bom: from === 0,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
    on_record(record: string[], { bytes }) {
      parsed.push({ record, end: from + bytes })
      return null
    },
  })
  const failed = new Promise<never>((_, reject) => parser.once('error', reject))
  failed.catch(() => undefined)
  const take = async function* (step: Promise<void>): AsyncGenerator<Parsed> {
    const failure = await Promise.race([step, failed]).catch((error: unknown) => error)
    yield* parsed
    parsed = []
    if (failure !== undefined) throw failure
  }
  for await (const chunk of streamBytes(location, from, signal)) {
    yield* take(new Promise((resolve) => parser.write(chunk, () => resolve())))
  }
  yield* take(new Promise((resolve) => parser.resume().once('end', resolve).end()))
}

function problemOf(record: string[], cells: number | undefined): { message: string; spansLines: boolean } | undefined {
  const spansLines = record.some((cell) => cell.includes('\n'))
  if (cells !== undefined && record.length !== cells) {
    return { message: `${record.length} cells where the header has ${cells}`, spansLines }
  }
  return record.some((cell) => cell.includes('\0')) ? { message: 'NUL bytes', spansLines: false } : undefined
}

/** Where the line after this offset begins. */
async function nextLine(location: string, from: number, signal?: AbortSignal): Promise<number> {
  let at = from
  for await (const chunk of streamBytes(location, from, signal)) {
    const found = chunk.indexOf(0x0a)
    if (found !== -1) return at + found + 1
    at += chunk.length
  }
  return at
}

async function firstRow(rows: AsyncGenerator<Row>): Promise<Row | undefined> {
  for await (const row of rows) return row
  return undefined
}

async function guessDelimiter(location: string): Promise<string> {
  for await (const chunk of streamBytes(location)) {
    const line = new TextDecoder().decode(chunk).split('\n', 1)[0]!
    const count = (character: string) => line.split(character).length
    return count('\t') > count(',') ? '\t' : count(';') > count(',') ? ';' : ','
  }
  return ','
}

function problemAt(location: string, start: number, message: string): Problem {
  return { reason: 'csv', sample: `${location} at byte ${start}`, message }
}
