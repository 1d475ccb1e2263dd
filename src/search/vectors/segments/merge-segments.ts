/** Merges segments into one, as bytes: vectors are neither decoded nor rounded again. */
import { safetensorsHeader } from '../../../checkpoint/safetensors/safetensors-writer'
import type { CheckpointDtype } from '../../../checkpoint/tensor'
import { fieldTensor } from './field-types'
import { sortedTable, type IdTable } from './id-table'
import { mostRows, readNumbers, type SegmentFile } from './segment-file'
import { startOf, type PlacedTensor, type TextColumn } from './text-column'

/** A segment and the rows to keep from it, in ascending order. */
export interface KeptRows {
  readonly file: SegmentFile
  readonly rows: Int32Array
}

/** A tensor of the new file, and its bytes. */
interface MergedTensor {
  readonly name: string
  readonly dtype: CheckpointDtype
  readonly shape: readonly number[]
  readonly bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/**
 * How many of the last segments to merge, so that few remain: each is full, or more than twice as large as the next one.
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

/** The bytes of a segment file with the kept rows of others. */
export async function* mergedBytes(
  parts: readonly KeptRows[],
  width: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const count = parts.reduce((sum, { rows }) => sum + rows.length, 0)
  const table = await mergedTable(parts, count, signal)
  const perRow = (
    name: 'int16' | 'int8' | 'scales',
    dtype: CheckpointDtype,
    shape: readonly number[],
    size: number,
  ) => ({
    name,
    dtype,
    shape: [count, ...shape],
    bytes: rowsOf(parts, ({ tensors }) => tensors[name], size, signal),
  })
  const names = (of: (file: SegmentFile) => ReadonlyMap<string, unknown>) => [
    ...new Set(parts.flatMap(({ file }) => [...of(file).keys()])),
  ]
  const texts = names(({ texts }) => texts).map((name) =>
    mergedTexts(parts, fieldTensor(name), (file) => file.texts.get(name), signal),
  )
  const ids = mergedTexts(parts, 'ids', ({ ids }) => ids, signal)
  // Wide types first, so that every tensor is aligned.
  const merged: MergedTensor[] = [
    ...names(({ numbers }) => numbers).map((name) => mergedNumbers(parts, name, count, signal)),
    perRow('scales', 'float32', [], Float32Array.BYTES_PER_ELEMENT),
    ...[ids, ...texts].map(({ ends }) => ends),
    column('ids.hashes', table.hashes),
    column('ids.rows', table.rows),
    perRow('int16', 'int16', [width], width * Int16Array.BYTES_PER_ELEMENT),
    perRow('int8', 'int8', [width], width),
    ...[ids, ...texts].map(({ bytes }) => bytes),
  ]
  yield safetensorsHeader(merged.map(({ name, dtype, shape }) => [name, { dtype, shape }]))
  for (const { bytes } of merged) yield* bytes
}

function column(name: string, values: Int32Array): MergedTensor {
  return { name, dtype: 'int32', shape: [values.length], bytes: [new Uint8Array(values.buffer)] }
}

/** Builds the id table from the hashes in the segments' own tables. */
async function mergedTable(parts: readonly KeptRows[], count: number, signal?: AbortSignal): Promise<IdTable> {
  const hashes = new Int32Array(count)
  let end = 0
  for (const { file, rows } of parts) {
    const table = await file.idTable(signal)
    const byRow = new Int32Array(file.rows)
    table.rows.forEach((row, i) => (byRow[row] = table.hashes[i]!))
    for (const row of rows) hashes[end++] = byRow[row]!
  }
  return sortedTable(hashes)
}

function mergedNumbers(parts: readonly KeptRows[], name: string, count: number, signal?: AbortSignal): MergedTensor {
  async function* bytes() {
    for (const { file, rows } of parts) {
      const numbers = await readNumbers(file, name, signal)
      yield new Uint8Array(Float64Array.from(rows, (row) => numbers[row]!).buffer)
    }
  }
  return { name: fieldTensor(name), dtype: 'float64', shape: [count], bytes: bytes() }
}

/** A text column: its bytes, and the end of each row's text. A segment without the column has empty texts. */
function mergedTexts(
  parts: readonly KeptRows[],
  name: string,
  columnOf: (file: SegmentFile) => TextColumn | undefined,
  signal?: AbortSignal,
): { readonly bytes: MergedTensor; readonly ends: MergedTensor } {
  const ends = new Int32Array(parts.reduce((sum, { rows }) => sum + rows.length, 0))
  let [length, end] = [0, 0]
  for (const { file, rows } of parts) {
    const before = columnOf(file)?.ends
    for (const row of rows) ends[end++] = length += before ? before[row]! - startOf(before, row) : 0
  }
  async function* bytes() {
    for (const { file, rows } of parts) {
      const texts = columnOf(file)
      if (!texts) continue
      for (const [first, count] of runsOf(rows, mostRows)) {
        const start = startOf(texts.ends, first)
        yield await texts.source.read(texts.bytes.offset + start, texts.ends[first + count - 1]! - start, signal)
      }
    }
  }
  return {
    bytes: { name, dtype: 'uint8', shape: [length], bytes: bytes() },
    ends: column(`${name}.ends`, ends),
  }
}

/** Bytes per read. */
const pieceBytes = 1 << 22

/** The bytes of the kept rows of a tensor. */
async function* rowsOf(
  parts: readonly KeptRows[],
  tensorOf: (file: SegmentFile) => PlacedTensor,
  rowBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const most = Math.max(1, Math.floor(pieceBytes / rowBytes))
  for (const { file, rows } of parts) {
    const { offset } = tensorOf(file)
    for (const [first, count] of runsOf(rows, most)) {
      yield await file.source.read(offset + first * rowBytes, count * rowBytes, signal)
    }
  }
}

/** Runs of consecutive rows: the first row, and the number of rows. */
function* runsOf(rows: Int32Array, most: number): Generator<readonly [number, number]> {
  for (let i = 0; i < rows.length;) {
    let count = 1
    while (count < most && rows[i + count] === rows[i]! + count) count++
    yield [rows[i]!, count]
    i += count
  }
}
