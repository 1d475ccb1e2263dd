/** Reads Parquet files, a group of rows at a time. The bytes are read here; a thread that can be ended decodes them. */
import { DreamLIPError } from '../../errors'
import type { ByteSource } from '../../bytes/byte-source'
import { openByteSource } from '../../bytes/read/open-source'
import { changedSince } from '../../bytes/byte-source'
import type { FetchOptions } from '../../bytes/http/fetch-patiently'
import type { RequestHeaders } from '../../bytes/http/headers'
import { OutOfBounds } from '../../concurrency/deadline.node.ts'
import { numberedIndex, type Reading, type Shard } from '../shard'
import { resolveColumns, type ColumnNames, type Columns } from './records/columns'
import type { Piece, Row } from './parquet/decode.node.ts'
import type { Description, Group } from './parquet/metadata'
import { decodeInThread, describeInThread } from './parquet/thread.node.ts'
import { recordOf, type ResolveImage } from './records/to-record'

/** Rows that are lost together to a broken page, wherever reading begins. */
const rowsAtLeast = 500

/** Unpacked bytes of the rows that are decoded at once: most groups in one go. */
const bytesAtOnce = 32 * 1024 * 1024

/** Rows that are decoded at once at most, however small they are. */
const rowsAtOnce = 50_000

/** Characters of what a decoder says is wrong. */
const longestReason = 300

/** Bytes between two columns that are read along rather than asked for apart. */
const gapBytes = 64 * 1024

/** What is read in one go, and held twice for a moment. */
const bytesPerRead = 16 * 1024 * 1024

/** A footer of 1,000 columns in 1,000 groups has 60 MB. */
const largestFooter = 256 * 1024 * 1024

/** A dictionary gives one text to any number of rows: honest files hold a hundredth of what their rows say; small files may do as they like. */
const largestRatio = 500
const alwaysAllowed = 64 * 1024 * 1024

/** What a few rows hold says nothing about the others. */
const judgedFrom = 8 * 1024 * 1024

/** @throws DreamLIPError `DATA_INVALID` for a footer that makes no sense or lacks columns, `SOURCE_UNREADABLE`, `WORKER_FAILED` */
export async function openParquet(
  location: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
  headers?: RequestHeaders,
): Promise<{ shard: Shard; columns: Columns }> {
  const { file, version } = await withSource(location, { headers }, async (source) => ({
    file: await describeFile(location, source),
    version: source.version,
  }))
  const columns = resolveColumns(location, file.header, names)
  const wanted = file.header.filter((_, i) => Object.values(columns.places).includes(i))
  const toRecord = (row: Row) =>
    typeof row === 'string'
      ? row
      : recordOf(
          file.header.map((name) => (wanted.includes(name) ? row[wanted.indexOf(name)] : undefined)),
          columns,
          resolve,
        )
  /** The first group at which a decoder had to be ended: it and what follows is not tried again. */
  let endedAt: number | undefined
  let lostReason = decoderEnded
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    const source = await openByteSource(location, { headers, signal })
    try {
      if (source.version !== version) throw changedSince(location)
      for (const group of file.groups) {
        if (group.firstRow + group.rows <= from) continue
        const reader = { source, schema: file.schema, group: only(group, wanted), columns: wanted, signal }
        const begin = Math.max(0, from - group.firstRow)
        const isLost = endedAt !== undefined && group.firstRow >= endedAt
        const rows = isLost
          ? lost(group, begin, lostReason)
          : untilTooLarge(readGroup(reader, begin), reader.group, begin)
        let number = group.firstRow + begin
        for await (const row of rows) {
          if (row === decoderEnded || row === tooLarge) {
            endedAt ??= group.firstRow
            lostReason = row
          }
          const record = toRecord(row)
          const sample = `${location} row ${number++}`
          yield typeof record === 'string'
            ? { problem: { reason: 'parquet', sample, message: record }, end: number }
            : { record, end: number }
        }
      }
    } finally {
      await source.close()
    }
  }
  return { shard: { name: location, version: version ?? '', index: numberedIndex(file.rows), read }, columns }
}

/** The rows of a group, until it is plain that all of them would be more than its bytes can hold. */
async function* untilTooLarge(rows: AsyncGenerator<Row>, group: Group, from: number): AsyncGenerator<Row> {
  const held = group.chunks.reduce((sum, { start, end }) => sum + end - start, 0)
  const allowed = Math.max(alwaysAllowed, largestRatio * held)
  let [row, given] = [from, 0]
  for await (const found of rows) {
    const inAll = (given / Math.max(1, row - from)) * group.rows
    if (given > judgedFrom && inAll > allowed) {
      yield* lost(group, row, tooLarge)
      return
    }
    yield found
    row++
    if (typeof found !== 'string') given += sizeOf(found)
  }
}

/** Characters and bytes of a row's values. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  return Array.isArray(value) ? value.reduce<number>((sum, part) => sum + sizeOf(part), 0) : 0
}

const tooLarge = `its rows unpack to more than ${largestRatio} times what the file holds; the rest is lost. It is damaged or forged`

const decoderEnded =
  'the decoder took too much time or memory and was ended; the rest of the file is lost. It is damaged or forged'

interface GroupReader {
  readonly source: ByteSource
  readonly schema: Description['schema']
  readonly group: Group
  readonly columns: readonly string[]
  readonly signal?: AbortSignal
}

/** All rows of a group from one on; those that cannot be had as words. */
async function* readGroup(reader: GroupReader, from: number): AsyncGenerator<Row> {
  const { group, signal } = reader
  const pieces = await readPieces(reader)
  const unpacked = group.chunks.reduce((sum, chunk) => sum + chunk.unpacked, 0)
  const fitting = Math.min(rowsAtOnce, (group.rows * bytesAtOnce) / Math.max(1, unpacked))
  const most = Math.max(1, Math.floor(fitting / rowsAtLeast)) * rowsAtLeast
  for (let start = from; start < group.rows;) {
    signal?.throwIfAborted()
    // A reader that wants just a few rows in the middle is not made to wait for many.
    const step = start === from && from > 0 ? rowsAtLeast : most
    const end = Math.min(group.rows, start - (start % step) + step)
    try {
      for await (const row of decodeRange(reader, pieces, start, end)) {
        yield row
        start++
      }
    } catch (error) {
      if (!(error instanceof OutOfBounds)) throw error
      yield* lost(group, start, decoderEnded)
      return
    }
  }
}

/** Rows of a range. Where it does not decode it is halved, until the rows that a broken page costs are alone. */
async function* decodeRange(
  reader: GroupReader,
  pieces: readonly Piece[],
  from: number,
  to: number,
): AsyncGenerator<Row> {
  const { schema, group, columns, signal } = reader
  for (let start = from; start < to;) {
    const found = await decodeInThread({ schema, group, columns, pieces, from: start, to }, signal).catch(
      (error: Error) => {
        signal?.throwIfAborted()
        if (error instanceof OutOfBounds || error instanceof DreamLIPError) throw error
        return error.message.slice(0, longestReason)
      },
    )
    if (typeof found !== 'string' && found.length > 0) {
      yield* found
      start += found.length
      continue
    }
    const halves = Math.ceil((to - start) / rowsAtLeast / 2) * rowsAtLeast
    const middle = start - (start % rowsAtLeast) + halves
    if (middle >= to || middle <= start) {
      const message = typeof found === 'string' ? found : 'its pages end before this row'
      for (; start < to; start++) yield message
    } else {
      yield* decodeRange(reader, pieces, start, middle)
      start = middle
    }
  }
}

function* lost(group: Group, from: number, message: string): Generator<string> {
  for (let row = from; row < group.rows; row++) yield message
}

/** A group with the chunks of these columns only. */
function only(group: Group, columns: readonly string[]): Group {
  return { ...group, chunks: group.chunks.filter(({ path }) => columns.includes(path[0]!)) }
}

/** The bytes of a group's chunks, neighbours together; in memory that threads share, since each range of rows needs them. */
async function readPieces({ source, group, signal }: GroupReader): Promise<Piece[]> {
  const ranges: { start: number; end: number }[] = []
  for (const { start, end } of [...group.chunks].sort((a, b) => a.start - b.start)) {
    const last = ranges.at(-1)
    if (last && start <= last.end + gapBytes) last.end = Math.max(last.end, end)
    else ranges.push({ start, end })
  }
  const pieces: Piece[] = []
  for (const { start, end } of ranges) {
    const bytes = new Uint8Array(new SharedArrayBuffer(end - start))
    for (let at = 0; at < bytes.length; at += bytesPerRead) {
      bytes.set(await source.read(start + at, Math.min(bytesPerRead, bytes.length - at), signal), at)
    }
    pieces.push({ start, bytes })
  }
  return pieces
}

async function describeFile(location: string, source: ByteSource): Promise<Description> {
  const fail = (message: string, cause?: unknown) =>
    new DreamLIPError(
      'DATA_INVALID',
      `${location}: expected a Parquet file; ${message.slice(0, longestReason)}. Check that the file is whole.`,
      { cause },
    )
  const { byteLength } = source
  if (byteLength < 12) throw fail(`it has ${byteLength} bytes`)
  const tail = await source.read(byteLength - 8, 8)
  if (Buffer.from(tail.subarray(4)).toString('latin1') !== 'PAR1') throw fail('it does not end in PAR1')
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) + 8
  if (length > Math.min(byteLength, largestFooter)) {
    throw fail(`it claims a footer of ${length} bytes, and has ${byteLength} in all`)
  }
  const footer = await source.read(byteLength - length, length)
  return describeInThread(footer, byteLength).catch((error: Error) => {
    throw error instanceof DreamLIPError ? error : fail(error.message, error)
  })
}

async function withSource<T>(
  location: string,
  options: FetchOptions,
  work: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const source = await openByteSource(location, options)
  try {
    return await work(source)
  } finally {
    await source.close()
  }
}
