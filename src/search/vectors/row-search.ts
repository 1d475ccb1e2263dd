/** Searches segments for the rows that are nearest to a query. */
import { bestHits } from '../../inference/embeddings/best-hits'
import { loadSegment, type LoadedSegment } from './loaded-segment'
import type { QuantizedQuery } from './quantized'
import { openSegment } from './segment-file'

/** A segment's file, and the rows that are left out. */
export interface SegmentSpec {
  readonly path: string
  readonly rows: number
  readonly width: number
  readonly removed: readonly number[]
}

/** A row that was found. */
export interface RowHit {
  readonly path: string
  readonly row: number
  /** Its cosine with the query, from whole numbers: within about 0.001. */
  readonly score: number
}

export interface RowSearch {
  /** Loads the segments that are not in memory yet, and forgets all others. */
  load(segments: readonly SegmentSpec[]): Promise<void>
  /** The best rows, best first. Among equal scores, earlier rows come first. */
  search(query: QuantizedQuery, count: number): Promise<RowHit[]>
  close(): Promise<void>
}

/** A search on this thread. */
export function createRowSearch(): RowSearch {
  let loaded = new Map<string, { readonly spec: SegmentSpec; readonly segment: LoadedSegment }>()
  return {
    async load(specs) {
      const next: typeof loaded = new Map()
      for (const spec of specs) {
        const segment = loaded.get(spec.path)?.segment ?? (await loadFrom(spec))
        segment.leaveOut(spec.removed)
        next.set(spec.path, { spec, segment })
      }
      loaded = next
    },
    async search(query, count) {
      const best = bestHits(count)
      const starts: number[] = []
      const paths = [...loaded.keys()]
      let end = 0
      for (const { segment } of loaded.values()) {
        starts.push(end)
        segment.search(query, best, end)
        end += segment.rows
      }
      return best.sorted().map(({ index, score }) => {
        const i = starts.findIndex((start, next) => index >= start && index < (starts[next + 1] ?? end))
        return { path: paths[i]!, row: index - starts[i]!, score }
      })
    },
    async close() {
      loaded.clear()
    },
  }
}

async function loadFrom({ path, rows, width }: SegmentSpec): Promise<LoadedSegment> {
  const file = await openSegment(path, rows, width)
  try {
    return await loadSegment(file)
  } finally {
    await file.source.close()
  }
}
