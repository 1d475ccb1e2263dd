/** A thread that searches some of an index's segments. */
import { serveTasks } from '../../../concurrency/workers/serve-tasks.node.ts'
import type { QuantizedQuery } from '../kernel/quantized'
import { loadFromFile } from './load-from-file'
import { createRowSearch, type AllowedRows, type RowHit, type SegmentSpec } from './row-search'

/** A task for the thread. */
export type SearchTask =
  | { readonly load: readonly SegmentSpec[] }
  | { readonly query: QuantizedQuery; readonly count: number; readonly allowed?: AllowedRows }

const search = createRowSearch(loadFromFile)

serveTasks(async (task: SearchTask): Promise<readonly RowHit[]> => {
  if (!('load' in task)) return search.search(task.query, task.count, task.allowed)
  await search.load(task.load)
  return []
}, 1)
