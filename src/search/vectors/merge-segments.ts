/** Merges segments into one, as bytes: vectors are neither decoded nor rounded again. */
import { safetensorsHeader } from '../../checkpoint/safetensors/safetensors-writer'
import type { CheckpointDtype } from '../../checkpoint/tensor'
import { mostRows, readAllIds, type SegmentFile, type SegmentTensor } from './segment-file'

/** A segment, and the rows that it keeps, in ascending order. */
export interface KeptRows {
  readonly file: SegmentFile
  readonly rows: readonly number[]
}

/**
 * How many of the last segments to merge, so that there are few: each is full, or more than twice as large as the next one.
 * @param sizes rows of the segments, without removed ones
 * @returns 0, or at least 2
 */
export function segmentsToMerge(sizes: readonly number[]): number {
  let [merged, count, best] = [0, 0, 0]
  for (let i = sizes.length - 1; i >= 0; i--) {
    if (merged + sizes[i]! > mostRows || (count > 0 && sizes[i]! > 2 * merged)) break
    merged += sizes[i]!
    if (++count >= 2) best = count
  }
  return best
}

/** The bytes of a segment file with the rows of others. */
export async function* mergedBytes(
  parts: readonly KeptRows[],
  width: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const ids: Uint8Array[] = []
  for (const { file, rows } of parts) {
    const all = await readAllIds(file, signal)
    for (const row of rows) ids.push(encoder.encode(all[row]))
  }
  const ends = new Int32Array(ids.length)
  let length = 0
  ids.forEach((id, row) => (ends[row] = length += id.length))
  const count = ids.length
  const shapes: readonly (readonly [SegmentTensor, CheckpointDtype, readonly number[]])[] = [
    ['scales', 'float32', [count]],
    ['id_ends', 'int32', [count]],
    ['float16', 'float16', [count, width]],
    ['int8', 'int8', [count, width]],
    ['ids', 'uint8', [length]],
  ]
  yield safetensorsHeader(shapes.map(([name, dtype, shape]) => [name, { dtype, shape }]))
  yield* rowsOf(parts, 'scales', Float32Array.BYTES_PER_ELEMENT, signal)
  yield new Uint8Array(ends.buffer)
  yield* rowsOf(parts, 'float16', width * Uint16Array.BYTES_PER_ELEMENT, signal)
  yield* rowsOf(parts, 'int8', width, signal)
  yield* ids
}

/** Bytes that are read at a time. */
const pieceBytes = 1 << 22

/** The bytes of the kept rows of a tensor. */
async function* rowsOf(
  parts: readonly KeptRows[],
  tensor: 'scales' | 'float16' | 'int8',
  rowBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const most = Math.max(1, Math.floor(pieceBytes / rowBytes))
  for (const { file, rows } of parts) {
    for (const [first, count] of runsOf(rows, most)) {
      yield await file.source.read(file.tensors[tensor].offset + first * rowBytes, count * rowBytes, signal)
    }
  }
}

/** Rows that follow each other: the first, and how many. */
function* runsOf(rows: readonly number[], most: number): Generator<readonly [number, number]> {
  for (let i = 0; i < rows.length;) {
    let count = 1
    while (count < most && rows[i + count] === rows[i]! + count) count++
    yield [rows[i]!, count]
    i += count
  }
}
