/** A budget that all threads share, such as pixels in memory: work waits until enough of it is free. */
import { limit } from './limit'

/** Runs work once `amount` is free, and frees it again when the work ends, even if it fails. */
export type Budget = <Result>(amount: number, work: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>

/** Milliseconds to wait before the next try. Random, so that two threads do not block each other forever. */
const shortestWait = 1
const longestWait = 8

/**
 * Each thread writes only to its own cell, so the share of a dead thread is freed by writing 0 to its cell. Work that needs more than
 * the total waits until everything is free, and then runs alone. Running work never waits for more, so there is no deadlock.
 * @param cells the share that each thread holds, in shared memory
 */
export function createBudget(cells: Int32Array, holder: number, total: number): Budget {
  const tryTake = (share: number) => {
    Atomics.add(cells, holder, share)
    let inUse = 0
    for (let i = 0; i < cells.length; i++) inUse += Atomics.load(cells, i)
    if (inUse <= total) return true
    Atomics.sub(cells, holder, share)
    return false
  }
  // In order within a thread, so that small shares do not overtake a large one forever.
  const take = limit(1, async (share: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    while (!tryTake(share)) {
      await new Promise((resolve) => setTimeout(resolve, shortestWait + Math.random() * (longestWait - shortestWait)))
      signal?.throwIfAborted()
    }
  })
  return async (amount, work, signal) => {
    const share = Math.min(amount, total)
    await take(share, signal)
    try {
      return await work()
    } finally {
      Atomics.sub(cells, holder, share)
    }
  }
}
