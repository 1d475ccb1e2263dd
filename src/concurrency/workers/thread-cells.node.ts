/** Numbers that a thread shares with the threads that it starts. Each thread has its own cell. */
import { workerData } from 'node:worker_threads'

/** The `workerData` of a thread. */
export interface ThreadCells {
  /** A row of cells for each budget. */
  readonly cells: Int32Array
  /** The index of this thread's own cell. */
  readonly own: number
}

/** If there are more threads than this, they share cells. The only effect: if one dies, the shares of both count as free. */
const cellCount = 128

/** Rows of cells: pixels, and bytes of files. A third row tells which cells are in use. */
const rowCount = 2

/** The key in `workerData`, which other packages may use for their own data. */
const key = 'dreamlipCells'

function inherited(): ThreadCells | undefined {
  const data: unknown = workerData
  return typeof data === 'object' && data !== null && key in data ? (data[key] as ThreadCells) : undefined
}

/** This thread's cells. */
export const threadCells: ThreadCells = inherited() ?? {
  cells: new Int32Array(new SharedArrayBuffer((rowCount + 1) * cellCount * Int32Array.BYTES_PER_ELEMENT)),
  own: 0,
}

/** The cells of all threads for one budget, numbered from 0. */
export function cellsFor(row: number): Int32Array {
  return threadCells.cells.subarray(row * cellCount, (row + 1) * cellCount)
}

/** For each cell, the cell of the thread that started its thread, plus 1. 0: the cell is free, or it is the main thread's. */
const starters = cellsFor(rowCount)

/** Reserves a cell for a thread that is about to start: its `workerData`, and a function to call when it has ended. */
export function cellForThread(): { readonly workerData: object; free(): void } {
  let own = 1
  while (Atomics.compareExchange(starters, own, 0, threadCells.own + 1) !== 0 && own < cellCount - 1) own++
  return {
    workerData: { [key]: { cells: threadCells.cells, own } satisfies ThreadCells },
    free: () => freeCell(own),
  }
}

/** Threads that were started by a thread that has ended have ended too. */
function freeCell(own: number): void {
  for (let row = 0; row < rowCount; row++) Atomics.store(cellsFor(row), own, 0)
  Atomics.store(starters, own, 0)
  starters.forEach((starter, cell) => starter === own + 1 && freeCell(cell))
}
