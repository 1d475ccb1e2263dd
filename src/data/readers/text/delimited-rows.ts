/** Splits the bytes of a CSV or TSV file into rows. Only the first line of an invalid row is lost. */

/** Maximum bytes of a row: enough for seven captions of 100,000 characters. Also limits the search for a closing quote. */
const longestRow = 4 * 1024 * 1024

export interface TableFormat {
  readonly delimiter: string
  /** `\r` in files from old Macs. */
  readonly newline: '\n' | '\r'
  /** The number of cells per row, if known. A row of several lines with another number is broken. */
  readonly cells?: number
}

/** A row's cells, or what is wrong with it; `start` and `end` are byte offsets. */
export type Row = ({ readonly cells: string[] } | { readonly problem: string }) & {
  readonly start: number
  readonly end: number
}

type Decode = (bytes: Uint8Array) => string | { readonly problem: string }

/** The rows of a stream that starts at the offset `from`. Empty lines are skipped. */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  from: number,
  format: TableFormat,
  decode: Decode,
): AsyncGenerator<Row> {
  const input: Input = { held: new Uint8Array(0), offset: from, at: 0, search: beginRow(0), skippedFrom: undefined }
  for await (const chunk of chunks) {
    append(input, chunk)
    yield* rowsOf(input, format, decode, false)
  }
  yield* rowsOf(input, format, decode, true)
}

/** The bytes in memory, and the search for the end of the current row. */
interface Input {
  held: Uint8Array
  /** The offset of `held` in the file. */
  offset: number
  /** The offset of the row in `held`. */
  at: number
  search: Search
  /** The start of a line that is longer than any row. Only its end is searched for. */
  skippedFrom: number | undefined
}

/** The state of the search for the end of a row. */
interface Search {
  position: number
  state: 'cell' | 'plain' | 'quoted' | 'closed'
  /** The number of cells that have ended. */
  cells: number
  lines: number
  end: number | undefined
  /** The fault in the row. */
  fault: string | undefined
}

function beginRow(position: number): Search {
  return { position, state: 'cell', cells: 0, lines: 1, end: undefined, fault: undefined }
}

function append(input: Input, chunk: Uint8Array): void {
  const { held, at } = input
  const kept = held.subarray(at)
  input.held = new Uint8Array(kept.length + chunk.length)
  input.held.set(kept)
  input.held.set(chunk, kept.length)
  input.offset += at
  input.search.position -= at
  input.at = 0
}

function* rowsOf(input: Input, format: TableFormat, decode: Decode, ended: boolean): Generator<Row> {
  while (input.at < input.held.length || (ended && input.skippedFrom !== undefined)) {
    const start = input.offset + input.at
    const row = input.skippedFrom === undefined ? nextRow(input, format, decode, ended) : endSkip(input, format, ended)
    if (row === undefined) return
    input.search = beginRow(input.at)
    if (row !== blank) yield { start, ...row, end: input.offset + input.at }
  }
}

type Content = ({ readonly cells: string[] } | { readonly problem: string }) & { readonly start?: number }

/** The row at the current position of the input, or `undefined` if more bytes are needed. */
function nextRow(input: Input, format: TableFormat, decode: Decode, ended: boolean): Content | undefined {
  const { held, at, search } = input
  search.fault ??= findRowEnd(held, search, format, ended)
  const isLong = held.length - at > longestRow
  if (search.fault === undefined && search.end === undefined && !isLong) return undefined
  const found = search.end === undefined ? undefined : cellsOf(held.subarray(at, search.end), format, decode)
  if (found !== undefined && typeof found !== 'string') {
    input.at = search.end!
    return found
  }
  // A superfluous quote costs one line, not the rest of the file.
  const lineEnd = held.indexOf(format.newline.charCodeAt(0), at)
  if (lineEnd === -1 && !ended) {
    if (isLong) input.skippedFrom = input.offset + at
    return isLong ? endSkip(input, format, ended) : undefined
  }
  input.at = lineEnd === -1 ? held.length : lineEnd + 1
  const problem = search.fault ?? found ?? `a row exceeds ${longestRow} bytes: a closing quote may be missing`
  return literalRow(held.subarray(at, input.at), format, decode, problem)
}

function endSkip(input: Input, format: TableFormat, ended: boolean): Content | undefined {
  const lineEnd = input.held.indexOf(format.newline.charCodeAt(0), input.at)
  input.at = lineEnd === -1 ? input.held.length : lineEnd + 1
  if (lineEnd === -1 && !ended) return undefined
  const start = input.skippedFrom
  input.skippedFrom = undefined
  return { problem: `a line exceeds ${longestRow} bytes`, start }
}

const quote = 0x22
const carriageReturn = 0x0d

/** Moves the search to the end of the row, or of the bytes in memory. Returns the fault in the row. */
function findRowEnd(held: Uint8Array, search: Search, format: TableFormat, ended: boolean): string | undefined {
  const [delimiter, newline] = [format.delimiter.charCodeAt(0), format.newline.charCodeAt(0)]
  let { state, position } = search
  for (; position < held.length; position++) {
    const byte = held[position]!
    if (state === 'quoted') {
      if (byte === quote) state = 'closed'
      else if (byte === newline) search.lines++
    } else if (byte === delimiter) {
      state = 'cell'
      // Stop early: otherwise, everything after an open quote would be scanned again for every line.
      if (++search.cells >= (format.cells ?? Infinity) && search.lines > 1) return cellsMessage('more', format.cells!)
    } else if (byte === newline) {
      search.end = position + 1
      break
    } else if (state === 'closed') {
      if (byte === quote) state = 'quoted'
      else if (byte !== carriageReturn) return 'a closing quote is followed by other characters'
    } else if (state === 'cell') state = byte === quote ? 'quoted' : 'plain'
  }
  search.position = position
  search.state = state
  if (!ended || search.end !== undefined) return undefined
  if (state === 'quoted') return 'a quote is never closed'
  search.end = held.length
  return undefined
}

const blank = { cells: [] as string[] }

/** The cells of a row, `blank`, or what is wrong: a plain string if an open quote may be the cause. */
function cellsOf(row: Uint8Array, format: TableFormat, decode: Decode): Content | string {
  const line = withoutNewline(row)
  if (line.length === 0) return blank
  const text = decode(line)
  if (typeof text !== 'string') return text
  const cells = splitCells(text, format.delimiter)
  if (format.cells !== undefined && cells.length !== format.cells) {
    const message = cellsMessage(String(cells.length), format.cells)
    return cells.some((cell) => cell.includes(format.newline)) ? message : { problem: message }
  }
  return text.includes('\0') ? { problem: 'NUL bytes' } : { cells }
}

/** A line with broken quotes. In TSV files it is read without quoting, because most programs write TSV that way. */
function literalRow(
  row: Uint8Array,
  { delimiter, cells: expected }: TableFormat,
  decode: Decode,
  problem: string,
): Content {
  if (delimiter !== '\t') return { problem }
  const text = decode(withoutNewline(row))
  if (typeof text !== 'string') return text
  const cells = text.split(delimiter)
  const isWhole = (expected === undefined || cells.length === expected) && !text.includes('\0')
  return isWhole ? { cells } : { problem }
}

function withoutNewline(line: Uint8Array): Uint8Array {
  let end = line.length
  while (end > 0 && (line[end - 1] === 0x0a || line[end - 1] === carriageReturn)) end--
  return line.subarray(0, end)
}

/** The cells of a row with valid quotes. In a cell that does not start with a quote, quotes are ordinary characters. */
function splitCells(text: string, delimiter: string): string[] {
  const cells: string[] = []
  for (let at = 0; at <= text.length;) {
    if (text[at] !== '"') {
      const found = text.indexOf(delimiter, at)
      const end = found === -1 ? text.length : found
      cells.push(text.slice(at, end))
      at = end + 1
      continue
    }
    let end = text.indexOf('"', at + 1)
    while (text[end + 1] === '"') end = text.indexOf('"', end + 2)
    cells.push(text.slice(at + 1, end).replaceAll('""', '"'))
    at = end + 2
  }
  // If the delimiter is ` | `, its spaces belong to no cell.
  return delimiter === '|' ? cells.map((cell) => cell.trim()) : cells
}

function cellsMessage(found: string, expected: number): string {
  return `${found} cells where the header has ${expected}`
}
