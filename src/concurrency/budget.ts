/** Shares out what all threads together may hold (pixels in memory): work waits until there is enough for it. */
import { limit } from './limit'

/** Runs work once `amount` is free, and gives it back when the work ends, however it ends. */
export type Budget = <Result>(amount: number, work: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>

/** How long to wait before looking again, in milliseconds: random, so that two threads do not refuse each other forever. */
const shortestWait = 1
const longestWait = 8

/**
 * Each holder (a thread) writes only its own cell, so that what a dead thread held is freed by writing 0 there. Work that needs more
 * than the total waits until nobody holds anything, and runs alone. Nothing that runs waits for more, so this cannot deadlock.
 * @param cells what each holder has; memory that all of them share
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
  // In order within a thread: a large share is not overtaken forever by small ones.
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
