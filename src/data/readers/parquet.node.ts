/** Opens Parquet files. Bytes are read here, one row group at a time, and decoded in a thread that can be terminated. */
import { changedSince, type ByteSource } from '../../bytes/byte-source'
import type { RequestHeaders } from '../../bytes/http/headers'
import { openByteSource } from '../../bytes/read/open-source'
import { numberedIndex, type Reading, type Shard } from '../shard'
import type { Row } from './parquet/decode.node.ts'
import { decoderEnded, lost, readGroup } from './parquet/decode-group.node.ts'
import { readFooter } from './parquet/footer.node.ts'
import { withColumns } from './parquet/group-bytes.node.ts'
import type { Description } from './parquet/metadata'
import { tooLarge, untilTooLarge } from './parquet/unpacked-size.node.ts'
import { resolveColumns, type CaptionSearch, type Columns } from './records/columns'
import { recordOf, type ResolveImage } from './records/to-record'

/** @throws DreamLIPError `DATA_INVALID` for a footer that makes no sense or lacks columns, `SOURCE_UNREADABLE`, `WORKER_FAILED` */
export async function openParquet(
  location: string,
  search: CaptionSearch,
  resolve: ResolveImage,
  headers?: RequestHeaders,
): Promise<{ shard: Shard; columns: Columns }> {
  const { file, version } = await describeFile(location, headers)
  const columns = resolveColumns(location, file.header, search)
  const wanted = file.header.filter((_, i) => Object.values(columns.places).includes(i))
  const toRecord = (row: Exclude<Row, string>) => {
    const cells = file.header.map((name) => (wanted.includes(name) ? row[wanted.indexOf(name)] : undefined))
    return recordOf(cells, columns, resolve)
  }
  const readRows = rowReader(file, wanted)
  async function* read(from = 0, signal?: AbortSignal): AsyncGenerator<Reading> {
    const source = await openByteSource(location, { headers, signal })
    try {
      if (source.version !== version) throw changedSince(location)
      let number = from
      for await (const row of readRows(source, from, signal)) {
        const record = typeof row === 'string' ? row : toRecord(row)
        const sample = `${location} row ${number++}`
        yield typeof record === 'string'
          ? { problem: { reason: 'parquet', sample, message: record }, end: number }
          : { record, end: number }
      }
    } finally {
      await source.close()
    }
  }
  return { shard: { name: location, version: version ?? '', index: numberedIndex(file.rows), read }, columns }
}

/** A function that reads the rows of a file, starting at one of them. It remembers where decoding failed. */
function rowReader(file: Description, columns: readonly string[]) {
  /** The first group that could not be decoded, and why. This group and all later ones are not tried again. */
  let givenUp: { readonly at: number; readonly reason: string } | undefined
  return async function* (source: ByteSource, from: number, signal?: AbortSignal): AsyncGenerator<Row> {
    for (const { firstRow, ...rest } of file.groups) {
      if (firstRow + rest.rows <= from) continue
      const group = withColumns({ firstRow, ...rest }, columns)
      const begin = Math.max(0, from - firstRow)
      const isLost = givenUp !== undefined && firstRow >= givenUp.at
      const rows = isLost
        ? lost(group, begin, givenUp!.reason)
        : untilTooLarge(readGroup({ source, schema: file.schema, group, columns, signal }, begin), group, begin)
      for await (const row of rows) {
        if (row === decoderEnded || row === tooLarge) givenUp = { at: givenUp?.at ?? firstRow, reason: row }
        yield row
      }
    }
  }
}

async function describeFile(
  location: string,
  headers?: RequestHeaders,
): Promise<{ readonly file: Description; readonly version: string | undefined }> {
  const source = await openByteSource(location, { headers })
  try {
    return { file: await readFooter(location, source), version: source.version }
  } finally {
    await source.close()
  }
}
