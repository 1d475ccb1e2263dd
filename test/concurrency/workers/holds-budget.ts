/** A worker thread that dies while it has a share of the budget. */
import { createBudget } from '../../../src/concurrency/budget'
import { serveTasks } from '../../../src/concurrency/workers/serve-tasks.node.ts'
import { threadCells } from '../../../src/concurrency/workers/thread-cells.node.ts'

const budget = createBudget(threadCells.cells, threadCells.own, 8)

serveTasks(
  (amount: number) => budget(amount, () => new Promise<number>(() => setTimeout(() => process.exit(1), 200))),
  1,
)
