/** Segments in memory, ready to be searched. */
import type { BestHits } from '../../../inference/embeddings/best-hits'
import type { QuantizedQuery } from '../kernel/quantized'
import { allocateRows } from '../kernel/row-scores'
import { indexInvalid } from '../segments/index-invalid'
import { hasRow, type RowSet } from '../segments/row-set'
import type { SegmentFile } from '../segments/segment-file'

export interface LoadedSegment {
  readonly rows: number
  /** Excludes rows from later searches. */
  leaveOut(removed: readonly number[]): void
  /**
   * Offers rows to `best`, with their approximate cosines.
   * @param first the number of the first row in `best`
   * @param allowed the rows to consider; default all
   */
  search(query: QuantizedQuery, best: BestHits, first: number, allowed?: RowSet): void
}

/** Rows copied at a time. */
const piece = 8192

export async function loadSegment(file: SegmentFile, signal?: AbortSignal): Promise<LoadedSegment> {
  const { rows, width, source, tensors } = file
  const scored = await allocateRows(rows, width)
  const scales = new Float32Array((await tensors.scales.read(signal)) as Float32Array)
  if (!scales.every((scale) => scale > 0 && scale < 1)) throw indexInvalid(file.name, 'a scale is not in (0, 1)')
  for (let row = 0; row < rows; row += piece) {
    const count = Math.min(piece, rows - row)
    const bytes = await source.read(tensors.int8.offset + row * width, count * width, signal)
    copyRows(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), width, scored.bytes, scored.paddedWidth, row)
  }
  return {
    rows,
    leaveOut(removed) {
      // A NaN score never exceeds the least one, so these rows are never offered.
      for (const row of removed) scales[row] = NaN
    },
    search(query, best, first, allowed) {
      for (const [start, end] of allowed ? runsOf(allowed, rows) : [[0, rows] as const]) {
        const sums = scored.dotProducts(query, start, end)
        let { least } = best
        for (let row = start; row < end; row++) {
          const score = sums[row]! * scales[row]! * query.scale
          if (!(score > least) || (allowed && !hasRow(allowed, row))) continue
          best.offer(first + row, score)
          least = best.least
        }
      }
    },
  }
}

/** Runs of allowed rows, in steps of 8 rows: the first row, a multiple of 8, and the row after the last one. */
export function* runsOf(allowed: RowSet, rows: number): Generator<readonly [number, number]> {
  for (let at = 0; at < allowed.length; at++) {
    const start = at
    while (at < allowed.length && allowed[at] !== 0) at++
    if (at > start) yield [8 * start, Math.min(8 * at, rows)]
  }
}

function copyRows(from: Int8Array, width: number, to: Int8Array, paddedWidth: number, first: number): void {
  if (width === paddedWidth) return to.set(from, first * width)
  for (let row = 0; row * width < from.length; row++) {
    to.set(from.subarray(row * width, (row + 1) * width), (first + row) * paddedWidth)
  }
}
