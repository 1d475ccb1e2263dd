/** Reads Parquet files, groups of rows at a time. */
import { open } from 'node:fs/promises'
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet'
import { DreamLIPError } from '../../errors'
import { describeBytes, isURL } from '../../bytes/stream-bytes.node.ts'
import { resolveColumns, type ColumnNames, type Columns } from './columns'
import { numberedIndex, type Reading, type Shard } from '../shard'
import { recordOf, type ResolveImage } from './to-record'

/** The library is an ES module only: CommonJS can only import it this way. */
const loadLibrary = () => import('hyparquet')

/** A page that unpacks to more is a bomb: writers make pages of about 1 MB. */
const largestPage = 256 * 1024 * 1024

/** Rows decoded at once. */
const rowsAtOnce = 500

/** @throws DreamLIPError `DATA_INVALID` for a footer that makes no sense or lacks columns, `SOURCE_UNREADABLE` */
export async function openParquet(
  location: string,
  names: ColumnNames | undefined,
  resolve: ResolveImage,
): Promise<{ shard: Shard; columns: Columns }> {
  const { version } = await describeBytes(location)
  const { parquetReadObjects, parquetSchema } = await loadLibrary()
  const compressors = boundMemory((await import('hyparquet-compressors')).compressors)
  const file = await openBuffer(location)
  const metadata = await readMetadata(location, file)
  const rows = Number(metadata.num_rows)
  const header = parquetSchema(metadata).children.map(({ element }) => element.name)
  const columns = resolveColumns(location, header, names)
  const wanted = header.filter((_, i) => Object.values(columns.places).includes(i))
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    for (let start = from; start < rows;) {
      signal?.throwIfAborted()
      // Aligned, so that the same rows are lost to a broken page wherever reading begins.
      const end = Math.min(rows, start - (start % rowsAtOnce) + rowsAtOnce)
      const options = {
        file,
        metadata,
        columns: wanted,
        rowStart: start,
        rowEnd: end,
        compressors,
        utf8: false,
      }
      const found = await parquetReadObjects(options).catch((error: Error) => error.message)
      for (let row = start; row < end; row++) {
        const values = typeof found === 'string' ? undefined : found[row - start]
        const record = values
          ? recordOf(
              header.map((name) => values[name]),
              columns,
              resolve,
            )
          : String(found)
        const problem = { reason: 'parquet' as const, sample: `${location} row ${row}`, message: String(record) }
        yield typeof record === 'string' ? { problem, end: row + 1 } : { record, end: row + 1 }
      }
      start = end
    }
  }
  return { shard: { name: location, version, index: numberedIndex(rows), read }, columns }
}

/** The library's decompressors, which would take whatever a page claims to unpack to. */
function boundMemory(compressors: Compressors): Compressors {
  const bounded = Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => {
      if (length > largestPage)
        throw new Error(`a page claims to unpack to ${length} bytes; at most ${largestPage} are`)
      return decompress(input, length)
    },
  ])
  return Object.fromEntries(bounded) as Compressors
}

async function readMetadata(location: string, file: AsyncBuffer): Promise<FileMetaData> {
  const fail = (message: string, cause?: unknown) =>
    new DreamLIPError(
      'DATA_INVALID',
      `${location}: expected a Parquet file; ${message}. Check that the file is whole.`,
      { cause },
    )
  const { parquetMetadataAsync } = await loadLibrary()
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw fail(error.message, error)
  })
  const counted = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  if (counted !== Number(metadata.num_rows)) {
    throw fail(`its footer counts ${metadata.num_rows} rows, and its groups hold ${counted}`)
  }
  for (const group of metadata.row_groups) {
    for (const { meta_data: column } of group.columns) {
      const start = Number(column?.dictionary_page_offset ?? column?.data_page_offset ?? NaN)
      const end = start + Number(column?.total_compressed_size ?? NaN)
      if (!(start >= 0 && end <= file.byteLength)) {
        throw fail(`its footer places a column at bytes ${start} to ${end} of ${file.byteLength}`)
      }
    }
  }
  return metadata
}

async function openBuffer(location: string): Promise<AsyncBuffer> {
  if (isURL(location)) return (await loadLibrary()).asyncBufferFromUrl({ url: location })
  const { size = 0 } = await describeBytes(location)
  return {
    byteLength: size,
    async slice(start, end = size) {
      const handle = await open(location, 'r')
      try {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
        return bytes.buffer.slice(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
  }
}
