/** Reads the bytes of a row group: only the requested columns, and neighbouring columns at once. */
import type { ByteSource } from '../../../bytes/byte-source'
import type { Piece } from './decode.node.ts'
import type { Group } from './metadata'

/** A gap of at most this many bytes between two columns is read too, because that costs less than another request. */
const gapBytes = 64 * 1024

/** Bytes per read. For a moment, they are in memory twice. */
const bytesPerRead = 16 * 1024 * 1024

/** The group with only the chunks of these columns. */
export function withColumns(group: Group, columns: readonly string[]): Group {
  return { ...group, chunks: group.chunks.filter(({ path }) => columns.includes(path[0]!)) }
}

/** The bytes of a group's chunks, in shared memory, because the thread decodes each range of rows from them. */
export async function readPieces(source: ByteSource, group: Group, signal?: AbortSignal): Promise<Piece[]> {
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
