/** Searches segments for the rows nearest to a query. */
import { bestHits } from '../../../inference/embeddings/best-hits'
import type { QuantizedQuery } from '../kernel/quantized'
import type { RowSet } from '../segments/row-set'
import type { LoadedSegment } from './loaded-segment'

/** A segment's file, and its excluded rows. */
export interface SegmentSpec {
  readonly path: string
  readonly rows: number
  readonly width: number
  readonly removed: readonly number[]
}

/** A row found by a search. */
export interface RowHit {
  readonly path: string
  readonly row: number
  /** Its cosine with the query, computed from integers: accurate to about 0.001. */
  readonly score: number
}

/** The allowed rows, by the path of their segment. */
export type AllowedRows = ReadonlyMap<string, RowSet>

export interface RowSearch {
  /** Loads those segments that are not in memory yet, and unloads all others. */
  load(segments: readonly SegmentSpec[]): Promise<void>
  /** The best rows, best first. Among equal scores, earlier rows come first. @param allowed default all rows */
  search(query: QuantizedQuery, count: number, allowed?: AllowedRows): Promise<RowHit[]>
  close(): Promise<void>
}

/** A search on this thread. */
export function createRowSearch(loadSegment: (spec: SegmentSpec) => Promise<LoadedSegment>): RowSearch {
  let loaded = new Map<string, LoadedSegment>()
  return {
    async load(specs) {
      const next: typeof loaded = new Map()
      for (const spec of specs) {
        const segment = loaded.get(spec.path) ?? (await loadSegment(spec))
        segment.leaveOut(spec.removed)
        next.set(spec.path, segment)
      }
      loaded = next
    },
    async search(query, count, allowed) {
      const best = bestHits(count)
      const starts: number[] = []
      const paths = [...loaded.keys()]
      let end = 0
      for (const [path, segment] of loaded) {
        starts.push(end)
        if (!allowed || allowed.has(path)) segment.search(query, best, end, allowed?.get(path))
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
