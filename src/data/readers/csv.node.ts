/** Reads CSV and TSV files of any size: the released layout, plain pairs, and any other table that names its columns. */
import { DreamLIPError } from '../../errors'
import {
  columnsByPosition,
  looksLikeData,
  makesTable,
  resolveColumns,
  type CaptionSearch,
  type Columns,
} from './records/columns'
import type { Reading, Shard } from '../shard'
import { splitOf, type Splits } from './records/splits'
import { readRows, type Row, type TableFormat } from './text/delimited-rows'
import { openText, type TextSource } from './text/text-source.node.ts'
import { recordOf, type ResolveImage } from './records/to-record'

/** The number of rows from which the delimiter is guessed. */
const sampledRows = 20

/** Flickr's tables number the captions of an image: `dog.jpg#2`. */
const captionNumber = /(\.[a-z]{3,4})#\d+$/i

/**
 * Opens a table. Its first row names the columns, unless it contains an image and its captions.
 * @throws DreamLIPError `DATA_INVALID` if columns are missing, `SOURCE_UNREADABLE`
 */
export async function openCSV(
  source: string | TextSource,
  search: CaptionSearch,
  resolve: ResolveImage,
  onGuess: (guesses: readonly string[]) => void = () => undefined,
  split?: Splits,
): Promise<{ shard: Shard; columns: Columns }> {
  const text = typeof source === 'string' ? await openText(source, onGuess) : source
  const { name, version } = text
  const separator = separatorLine(text)
  const start = text.start + (separator?.length ?? 0)
  const format = { ...(await guessFormat({ ...text, start })), ...(separator && { delimiter: separator.delimiter }) }
  const rows = (from: number, cells?: number, signal?: AbortSignal) =>
    readRows(text.stream(from, signal), from, { ...format, cells }, text.decode)
  const [header] = await firstRows(rows(start), 1)
  if (header === undefined || 'problem' in header) {
    const found = header ? header.problem : 'the file is empty'
    throw new DreamLIPError('DATA_INVALID', `${name}: expected a header with column names; ${found}.`)
  }
  const { cells, end } = header
  const isNamed = Object.values(search.columns ?? {}).some((column) => cells.includes(column))
  const hasHeader = isNamed || !looksLikeData(cells)
  const columns = hasHeader ? resolveColumns(name, cells, search) : columnsByPosition(name, cells, search)
  const find: ResolveImage = hasHeader ? resolve : (image) => resolve(image.replace(captionNumber, '$1'))
  const isWanted = splitOf(name, hasHeader ? cells : [], split)
  async function* read(from = hasHeader ? end : start, signal?: AbortSignal): AsyncGenerator<Reading> {
    for await (const row of rows(from, cells.length, signal)) {
      signal?.throwIfAborted()
      if ('cells' in row && !isWanted(row.cells)) continue
      const record = 'problem' in row ? row.problem : recordOf(row.cells, columns, find)
      const sample = `${name} at byte ${row.start}`
      yield typeof record === 'string'
        ? { problem: { reason: 'csv', sample, message: record }, end: row.end }
        : { record, end: row.end }
    }
  }
  return { shard: { name, version: hasHeader ? version : `${version}, without a header`, read }, columns }
}

/** The first line of some Excel files, which names the delimiter: `sep=;`. */
function separatorLine({
  head,
  start,
}: TextSource): { readonly delimiter: string; readonly length: number } | undefined {
  const line = Buffer.from(head.subarray(start, start + 16)).toString('latin1')
  const found = /^"?sep=([\t,;|])"?(\r\n?|\n)/i.exec(line)
  return found ? { delimiter: found[1]!, length: found[0].length } : undefined
}

/**
 * The delimiter of the first rows: the character that splits all of them into the same number of cells. If there are several, one that
 * makes a table is preferred, and among those the one that makes the most cells.
 */
export async function guessFormat({ head, start, isShort, decode }: TextSource): Promise<TableFormat> {
  const newline = head.includes(0x0a) || !head.includes(0x0d) ? '\n' : '\r'
  const whole = head.subarray(start)
  const found = await Promise.all(
    ['\t', ',', ';', '|'].map(async (delimiter) => {
      const rows = await firstRows(readRows(oneChunk(whole), 0, { delimiter, newline }, decode), sampledRows + 1)
      // The last row may be cut off by the end of the head.
      const complete = isShort ? rows : rows.slice(0, -1)
      const sizes = complete.map((row) => ('cells' in row ? row.cells.length : 0))
      const cells = sizes[0] ?? 0
      const agreeing = sizes.filter((size) => size === cells).length / sizes.length
      const makes = rows[0] !== undefined && 'cells' in rows[0] && makesTable(rows[0].cells)
      return { delimiter, cells, score: cells > 1 ? agreeing : 0, fit: Number(makes) }
    }),
  )
  const best = found.reduce((a, b) => ((b.score - a.score || b.fit - a.fit || b.cells - a.cells) > 0 ? b : a))
  return { delimiter: best.score > 0 ? best.delimiter : ',', newline }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function firstRows(rows: AsyncGenerator<Row>, count: number): Promise<Row[]> {
  const list: Row[] = []
  for await (const row of rows) {
    list.push(row)
    if (list.length === count) break
  }
  return list
}
