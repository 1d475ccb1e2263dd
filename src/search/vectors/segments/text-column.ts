/** Texts of rows, joined as UTF-8, with the offset where each ends. */
import type { ByteSource } from '../../../bytes/byte-source'
import type { CheckpointTensor } from '../../../checkpoint/tensor'

/** A tensor with its offset in the file. */
export type PlacedTensor = CheckpointTensor & { readonly offset: number }

/** A text column in a file. */
export interface TextColumn {
  readonly source: ByteSource
  /** UTF-8: `[bytes]`. */
  readonly bytes: PlacedTensor
  /** The end of each row's text: `[rows]`. */
  readonly ends: Int32Array
}

export function encodeTexts(texts: readonly string[]): Uint8Array[] {
  const encoder = new TextEncoder()
  return texts.map((text) => encoder.encode(text))
}

/** Joins texts. Returns all bytes, and the end of each text. @param encoded UTF-8 */
export function joinTexts(encoded: readonly Uint8Array[]): { readonly bytes: Uint8Array; readonly ends: Int32Array } {
  const ends = new Int32Array(encoded.length)
  let length = 0
  encoded.forEach((text, row) => (ends[row] = length += text.length))
  const bytes = new Uint8Array(length)
  encoded.forEach((text, row) => bytes.set(text, ends[row]! - text.length))
  return { bytes, ends }
}

/** The start of a row's text. */
export function startOf(ends: Int32Array, row: number): number {
  return row === 0 ? 0 : ends[row - 1]!
}

/** A separate read of one text costs as much as reading this many more bytes. */
const bytesPerRead = 16_384

/** The texts of these rows, as UTF-8. */
export async function readEncoded(
  { source, bytes, ends }: TextColumn,
  rows: ArrayLike<number> & Iterable<number>,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const read = (start: number, end: number) => source.read(bytes.offset + start, end - start, signal)
  let [start, end] = [Infinity, 0]
  for (const row of rows) {
    start = Math.min(start, startOf(ends, row))
    end = Math.max(end, ends[row]!)
  }
  if (end - start > rows.length * bytesPerRead)
    return Promise.all(Array.from(rows, (row) => read(startOf(ends, row), ends[row]!)))
  const all = rows.length === 0 ? undefined : await read(start, end)
  return Array.from(rows, (row) => all!.subarray(startOf(ends, row) - start, ends[row]! - start))
}

/** The texts of these rows. */
export async function readTexts(
  column: TextColumn,
  rows: ArrayLike<number> & Iterable<number>,
  signal?: AbortSignal,
): Promise<string[]> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return (await readEncoded(column, rows, signal)).map((text) => decoder.decode(text))
}
