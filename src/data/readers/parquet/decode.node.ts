/** Decodes the footer and the rows of Parquet files from bytes that the caller has read. */
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet'
import { describe, type Chunk, type Description, type Group } from './metadata'
import { checkPages, leafOf } from './pages'
import { readStruct } from './thrift'
import { boundedCodecs, rememberPages } from './unpack.node.ts'

/** A piece of the file: its bytes, and the offset where they start. */
export interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
}

export type DecodeTask =
  | {
      /** The end of the file, from the start of its footer. */
      readonly footer: Uint8Array
      readonly fileBytes: number
    }
  | {
      readonly schema: Description['schema']
      /** Contains only the chunks of the requested columns. */
      readonly group: Group
      /** The requested columns, in the order of a row's values. */
      readonly columns: readonly string[]
      readonly pieces: readonly Piece[]
      /** The first row to decode, counted from the start of the group. */
      readonly from: number
      readonly to: number
    }

/** A row's values, or a message that says what is wrong with it. */
export type Row = readonly unknown[] | string

export type Decoded = Description | readonly Row[]

/** The longest text, in characters: more than any caption needs. */
const longestText = 4 * 1024 * 1024

/** Maximum bytes of one row's images and texts. */
const largestRow = 512 * 1024 * 1024

/** Bytes of memory that a value needs in addition to its contents. */
const valueBytes = 32

/** Maximum bytes of rows in one answer. The row that exceeds this limit is still included. */
const largestAnswer = 64 * 1024 * 1024

/** The libraries are ES modules only: CommonJS can only import them this way. */
const loadLibrary = () => import('hyparquet')
let codecs: Promise<Compressors> | undefined
const loadCodecs = () =>
  (codecs ??= import('hyparquet-compressors').then(({ compressors }) => boundedCodecs(compressors)))

/** @throws Error that says what is damaged or forged */
export async function decode(task: DecodeTask): Promise<Decoded> {
  return 'footer' in task ? describeFile(task) : decodeRows(task)
}

async function describeFile({ footer, fileBytes }: Extract<DecodeTask, { footer: unknown }>): Promise<Description> {
  const { parquetMetadata, parquetSchema } = await loadLibrary()
  // The library allocates whatever a header claims. This reader runs first, and refuses headers that claim too much.
  readStruct(footer.subarray(0, -8))
  return describe(parquetMetadata(footer, { geoparquet: false }), parquetSchema, fileBytes)
}

async function decodeRows(task: Extract<DecodeTask, { group: unknown }>): Promise<Row[]> {
  const { schema, group, columns, pieces, from, to } = task
  const { parquetReadObjects, parquetSchema } = await loadLibrary()
  const compressors = rememberPages(await loadCodecs())
  // Only the metadata that the library reads when it decodes rows.
  const metadata = {
    schema,
    num_rows: BigInt(group.rows),
    row_groups: [{ num_rows: BigInt(group.rows), columns: group.chunks.map(asColumn) }],
  } as unknown as FileMetaData
  const tree = parquetSchema(metadata)
  const file = asBuffer(pieces)
  for (const chunk of group.chunks) {
    const unpack = (bytes: Uint8Array, length: number) => {
      if (chunk.codec !== 'UNCOMPRESSED') return unpackerOf(compressors, chunk.codec)(bytes, length)
      if (bytes.length !== length) throw new Error(`a page of ${bytes.length} bytes claims a length of ${length}`)
      return bytes
    }
    const leaf = leafOf(pathTo(tree, chunk.path), chunk.type, chunk.values, group.rows)
    checkPages(bytesOf(chunk, pieces), leaf, from, to, unpack)
  }
  const wanted = [...columns]
  const rows = await parquetReadObjects({
    file,
    metadata,
    columns: wanted,
    rowStart: from,
    rowEnd: to,
    compressors,
    utf8: false,
  })
  return portableRows(rows, wanted)
}

function unpackerOf(compressors: Compressors, codec: string): (bytes: Uint8Array, length: number) => Uint8Array {
  const unpack = (compressors as Record<string, Compressors[keyof Compressors]>)[codec]
  if (!unpack) throw new Error(`its pages are compressed with ${codec}, which is not supported`)
  return unpack
}

/** The metadata that the library needs for a chunk. */
function asColumn({ path, start, end, values, hasDictionary, type, codec }: Chunk) {
  const place = { data_page_offset: BigInt(start), ...(hasDictionary && { dictionary_page_offset: BigInt(start) }) }
  const total_compressed_size = BigInt(end - start)
  return {
    meta_data: { type, codec, path_in_schema: [...path], num_values: BigInt(values), total_compressed_size, ...place },
  }
}

/** The nodes of the schema from the root to a leaf. */
function pathTo(tree: SchemaTree, path: readonly string[]): SchemaTree[] {
  const nodes = [tree]
  for (const name of path) nodes.push(nodes.at(-1)!.children.find(({ element }) => element.name === name)!)
  return nodes
}

/** The bytes of a chunk, which is always inside one piece. */
function bytesOf({ start, end }: Chunk, pieces: readonly Piece[]): Uint8Array {
  const piece = pieces.find((piece) => piece.start <= start && end <= piece.start + piece.bytes.length)
  if (!piece) throw new Error(`bytes ${start} to ${end} were not read`)
  return piece.bytes.subarray(start - piece.start, end - piece.start)
}

/** Presents the pieces to the library as if they were the whole file. */
function asBuffer(pieces: readonly Piece[]): AsyncBuffer {
  const byteLength = Math.max(0, ...pieces.map(({ start, bytes }) => start + bytes.length))
  return {
    byteLength,
    slice(start, end = byteLength) {
      const part = new Uint8Array(end - start)
      for (const piece of pieces) {
        const first = Math.max(start, piece.start)
        const last = Math.min(end, piece.start + piece.bytes.length)
        if (first < last) part.set(piece.bytes.subarray(first - piece.start, last - piece.start), first - start)
      }
      return part.buffer
    },
  }
}

/** Rows that can be sent to another thread: as many as fit into an answer, but at least one. */
function portableRows(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): Row[] {
  const portable: Row[] = []
  for (let size = 0, i = 0; i < rows.length && size < largestAnswer; i++) {
    const row = new RowCopy()
    portable.push(row.copy(columns.map((name) => rows[i]![name])))
    size += row.bytes
  }
  return portable
}

/** Copies the values of one row out of their pages, so that the pages can be freed, and counts their bytes. */
class RowCopy {
  bytes = 0

  copy(values: readonly unknown[]): Row {
    try {
      return values.map((value) => this.value(value))
    } catch (error) {
      return (error as Error).message
    }
  }

  private value(value: unknown): unknown {
    if (typeof value === 'string') {
      if (value.length > longestText)
        throw new Error(`a text has ${value.length} characters; the limit is ${longestText}`)
      this.grow(valueBytes + value.length)
      return value
    }
    this.grow(valueBytes)
    if (value instanceof Uint8Array) {
      this.grow(value.length)
      return value.slice()
    }
    if (Array.isArray(value)) return value.map((part) => this.value(part))
    if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.value(part)]))
  }

  private grow(bytes: number): void {
    this.bytes += bytes
    if (this.bytes > largestRow) throw new Error(`a row has more than ${largestRow} bytes`)
  }
}
