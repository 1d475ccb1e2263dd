/** A search in several threads, each with some of the segments. */
import { processors } from '../../../concurrency/processors.node.ts'
import { workerFile } from '../../../concurrency/workers/worker-file.node.ts'
import { startWorkerThread, ThreadNotStarted } from '../../../concurrency/workers/worker-thread.node.ts'
import type { WorkerTasks } from '../../../concurrency/workers/worker-tasks'
import { loadFromFile } from './load-from-file'
import { createRowSearch, type RowHit, type RowSearch, type SegmentSpec } from './row-search'
import type { SearchTask } from './search-worker.node.ts'

type SearchThread = WorkerTasks<SearchTask, readonly RowHit[]>

/** Memory limits the speed of a search; more threads than this hardly help. */
const mostThreads = 4

/** Searching fewer rows takes less than two milliseconds: threads would cost more than they save. */
const fewRows = 20_000

/**
 * Searches few rows on this thread, and many on other threads, so that this one stays free. If threads cannot be started, this
 * thread does everything.
 * @param threads the number of threads; default one per processor, at most 4
 */
export function createThreadedSearch(threads = Math.min(processors(), mostThreads)): RowSearch {
  const here = createRowSearch(loadFromFile)
  let started: SearchThread[] | undefined
  let threadless = false
  let segments: readonly SegmentSpec[] = []

  const loadThreads = async (specs: readonly SegmentSpec[]) => {
    started ??= startThreads(threads)
    const shares = shareOut(specs, started.length)
    await Promise.all(started.map((thread, i) => thread.run({ load: shares[i]! })))
  }
  const isSmall = () => threadless || segments.reduce((sum, { rows }) => sum + rows, 0) <= fewRows
  const load = async () => {
    if (!isSmall()) {
      try {
        await loadThreads(segments)
        return await here.load([])
      } catch (error) {
        if (!(error instanceof ThreadNotStarted)) throw error
        threadless = true
      }
    }
    await here.load(segments)
  }
  return {
    async load(specs) {
      segments = specs
      await load()
    },
    async search(query, count, allowed) {
      if (isSmall()) return here.search(query, count, allowed)
      if (!started!.every(({ alive }) => alive)) {
        started = undefined
        await load()
      }
      const found = await Promise.all(started!.map((thread) => thread.run({ query, count, allowed })))
      return mergeHits(found, segments, count)
    },
    async close() {
      await Promise.all((started ?? []).map((thread) => thread.end(new Error('the index was closed'))))
      await here.close()
    },
  }
}

function startThreads(count: number): SearchThread[] {
  const file = workerFile('search-worker.node', import.meta.url)
  if (!file) throw new ThreadNotStarted('its file is missing')
  return Array.from({ length: count }, () => startWorkerThread<SearchTask, readonly RowHit[]>(file))
}

/** Divides the segments among the threads, with about as many rows each. The largest are assigned first. */
export function shareOut(segments: readonly SegmentSpec[], threads: number): SegmentSpec[][] {
  const shares = Array.from({ length: threads }, () => ({ rows: 0, segments: [] as SegmentSpec[] }))
  for (const segment of [...segments].sort((a, b) => b.rows - a.rows)) {
    const least = shares.reduce((best, share) => (share.rows < best.rows ? share : best))
    least.segments.push(segment)
    least.rows += segment.rows
  }
  return shares.map((share) => share.segments)
}

/** The best hits of all threads, in the order in which one thread would return them. */
function mergeHits(found: readonly (readonly RowHit[])[], segments: readonly SegmentSpec[], count: number): RowHit[] {
  const order = new Map(segments.map(({ path }, i) => [path, i]))
  return found
    .flat()
    .sort((a, b) => b.score - a.score || order.get(a.path)! - order.get(b.path)! || a.row - b.row)
    .slice(0, count)
}
