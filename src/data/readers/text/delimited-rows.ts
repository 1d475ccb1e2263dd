/** Splits the bytes of a CSV or TSV file into rows. A row that breaks the rules costs its first line, and no more. */

/** Bytes of a row; seven captions of 100,000 characters fit. A quote that is never closed is noticed here at the latest. */
const longestRow = 4 * 1024 * 1024

export interface TableFormat {
  readonly delimiter: string
  /** `\r` in files of old Macs. */
  readonly newline: '\n' | '\r'
  /** Cells of a row, where that is known: a row of several lines with another number is broken. */
  readonly cells?: number
}

/** A row's cells, or what is wrong with it; `start` and `end` are byte offsets. */
export type Row = ({ readonly cells: string[] } | { readonly problem: string }) & {
  readonly start: number
  readonly end: number
}

type Decode = (bytes: Uint8Array) => string | { readonly problem: string }

/** Rows of a stream that begins at the offset `from`. Lines without a character are passed over. */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  from: number,
  format: TableFormat,
  decode: Decode,
): AsyncGenerator<Row> {
  const newline = format.newline.charCodeAt(0)
  let held: Uint8Array = new Uint8Array(0)
  let [offset, at] = [from, 0] // of `held` in the file; of the row in `held`
  let search = beginRow(0)
  // Of a line longer than any row only its end is looked for.
  let skippedFrom: number | undefined
  const rowsOfHeld = function* (ended: boolean): Generator<Row> {
    while (at < held.length) {
      if (skippedFrom !== undefined) {
        const lineEnd = held.indexOf(newline, at)
        at = lineEnd === -1 ? held.length : lineEnd + 1
        if (lineEnd === -1 && !ended) return
        yield { problem: `a line exceeds ${longestRow} bytes`, start: skippedFrom, end: offset + at }
        skippedFrom = undefined
        search = beginRow(at)
        continue
      }
      const fault = findRowEnd(held, search, format, ended)
      if (fault === undefined && search.end === undefined && held.length - at <= longestRow) return
      const row =
        fault === undefined && search.end !== undefined ? cellsOf(held, at, search.end, format, decode) : fault
      const broken = row === undefined ? `a row exceeds ${longestRow} bytes: a quote may be open` : row
      if (typeof broken !== 'string') {
        const end = search.end!
        if (broken !== blank) yield { ...broken, start: offset + at, end: offset + end }
        at = end
      } else {
        const lineEnd = held.indexOf(newline, at)
        if (lineEnd === -1 && !ended) {
          skippedFrom = offset + at
          continue
        }
        const end = lineEnd === -1 ? held.length : lineEnd + 1
        yield { ...literalRow(held, at, end, format, decode, broken), start: offset + at, end: offset + end }
        at = end
      }
      search = beginRow(at)
    }
  }
  for await (const chunk of chunks) {
    held = join(held.subarray(at), chunk)
    search = { ...search, position: search.position - at }
    offset += at
    at = 0
    yield* rowsOfHeld(false)
  }
  yield* rowsOfHeld(true)
}

/** How far the end of a row has been looked for. */
interface Search {
  position: number
  state: 'cell' | 'plain' | 'quoted' | 'closed'
  /** Cells that have ended. */
  cells: number
  lines: number
  end: number | undefined
}

function beginRow(position: number): Search {
  return { position, state: 'cell', cells: 0, lines: 1, end: undefined }
}

const quote = 0x22
const carriageReturn = 0x0d

/** Moves the search to the row's end, or to that of the bytes. Returns what breaks the rules. */
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
      // Nothing is gained by reading on: what follows an open quote would be scanned again for every line.
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

/** The cells of a row, `blank`, or what is wrong: as text where it may be an open quote's doing. */
function cellsOf(
  held: Uint8Array,
  start: number,
  end: number,
  format: TableFormat,
  decode: Decode,
): { readonly cells: string[] } | { readonly problem: string } | string {
  const line = withoutNewline(held.subarray(start, end))
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

/** A line whose quotes are broken, as it stands where tabs separate: most programs write TSV without quoting. */
function literalRow(
  held: Uint8Array,
  start: number,
  end: number,
  { delimiter, cells: expected }: TableFormat,
  decode: Decode,
  problem: string,
): { readonly cells: string[] } | { readonly problem: string } {
  if (delimiter !== '\t') return { problem }
  const text = decode(withoutNewline(held.subarray(start, end)))
  if (typeof text !== 'string') return text
  const cells = text.split(delimiter)
  return expected === undefined || cells.length === expected ? { cells } : { problem }
}

function withoutNewline(line: Uint8Array): Uint8Array {
  let end = line.length
  while (end > 0 && (line[end - 1] === 0x0a || line[end - 1] === carriageReturn)) end--
  return line.subarray(0, end)
}

/** The cells of a row whose quotes are right. A quote within a cell that does not begin with one is a character like any other. */
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
  // Separated by ` | `, the spaces belong to no cell.
  return delimiter === '|' ? cells.map((cell) => cell.trim()) : cells
}

function cellsMessage(found: string, expected: number): string {
  return `${found} cells where the header has ${expected}`
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
