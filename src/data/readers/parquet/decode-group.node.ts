/** Decodes a row group piece by piece, so that damage costs as few rows as possible. */
import type { ByteSource } from '../../../bytes/byte-source'
import { OutOfBounds } from '../../../concurrency/deadline.node.ts'
import { DreamLIPError } from '../../../errors'
import type { Piece, Row } from './decode.node.ts'
import { readPieces } from './group-bytes.node.ts'
import type { Description, Group } from './metadata'
import { decodeInThread } from './thread.node.ts'

/** The number of rows that are lost together if a page is broken, wherever reading starts. */
const rowsAtLeast = 500

/** Unpacked bytes of the rows that are decoded at once. Most groups fit. */
const bytesAtOnce = 32 * 1024 * 1024

/** Maximum rows to decode at once, however small they are. */
const rowsAtOnce = 50_000

/** The longest error message of a decoder, in characters. */
const longestReason = 300

/** The message for the rows that are lost because the decoder had to be stopped. */
export const decoderEnded =
  'the decoder took too much time or memory and was stopped; the rest of the file is lost. The file is damaged or forged'

export interface GroupReader {
  readonly source: ByteSource
  readonly schema: Description['schema']
  readonly group: Group
  readonly columns: readonly string[]
  readonly signal?: AbortSignal
}

/** All rows of a group from `from` on. A row that cannot be decoded is a message that says why. */
export async function* readGroup(reader: GroupReader, from: number): AsyncGenerator<Row> {
  const { source, group, signal } = reader
  const pieces = await readPieces(source, group, signal)
  const unpacked = group.chunks.reduce((sum, chunk) => sum + chunk.unpacked, 0)
  const fitting = Math.min(rowsAtOnce, (group.rows * bytesAtOnce) / Math.max(1, unpacked))
  const most = Math.max(1, Math.floor(fitting / rowsAtLeast)) * rowsAtLeast
  for (let start = from; start < group.rows;) {
    signal?.throwIfAborted()
    // A caller that needs only a few rows in the middle must not wait for many.
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

/** The rows of a range. A range that cannot be decoded is halved, until only the rows of the broken page are lost. */
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

/** The same message for each row of a group from `from` on. */
export function* lost(group: Group, from: number, message: string): Generator<string> {
  for (let row = from; row < group.rows; row++) yield message
}
