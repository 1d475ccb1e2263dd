/** Segments in memory, as a search looks through them. */
import type { BestHits } from '../../inference/embeddings/best-hits'
import type { QuantizedQuery } from './quantized'
import { allocateRows } from './row-scores'
import type { SegmentFile } from './segment-file'
import { indexInvalid } from './index-invalid'

export interface LoadedSegment {
  readonly rows: number
  /** Leaves rows out of the search from now on. */
  leaveOut(removed: readonly number[]): void
  /** Offers every row with its approximate cosine. @param first the number of its first row in `best` */
  search(query: QuantizedQuery, best: BestHits, first: number): void
}

/** Rows that are copied at a time. */
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
      // No score is larger than NaN, and NaN is larger than none.
      for (const row of removed) scales[row] = NaN
    },
    search(query, best, first) {
      const sums = scored.dotProducts(query)
      let { least } = best
      for (let row = 0; row < rows; row++) {
        const score = sums[row]! * scales[row]! * query.scale
        if (!(score > least)) continue
        best.offer(first + row, score)
        least = best.least
      }
    },
  }
}

function copyRows(from: Int8Array, width: number, to: Int8Array, paddedWidth: number, first: number): void {
  if (width === paddedWidth) return to.set(from, first * width)
  for (let row = 0; row * width < from.length; row++) {
    to.set(from.subarray(row * width, (row + 1) * width), (first + row) * paddedWidth)
  }
}
