/** A thread that searches some of an index's segments. */
import { serveTasks } from '../../concurrency/workers/serve-tasks.node.ts'
import { createRowSearch, type RowHit, type SegmentSpec } from './row-search'
import type { QuantizedQuery } from './quantized'

/** What the thread is asked to do. */
export type SearchTask =
  { readonly load: readonly SegmentSpec[] } | { readonly query: QuantizedQuery; readonly count: number }

const search = createRowSearch()

serveTasks(async (task: SearchTask): Promise<readonly RowHit[]> => {
  if (!('load' in task)) return search.search(task.query, task.count)
  await search.load(task.load)
  return []
}, 1)
