/** Limits the memory for work on this thread: work waits, in order of arrival, until enough memory is free. */
import { onAbort } from './on-abort'

export interface Room {
  /** The amount in use. */
  readonly taken: number
  /** Resolves with a function that frees the amount again, once there is room. @throws the signal's reason, at once */
  enter(amount: number, signal?: AbortSignal): Promise<() => void>
}

/** The number that may always enter, whatever their size: one to work on, and one to prepare in the meantime. */
const alwaysLet = 2

export function createRoom(total: number): Room {
  const waiting = new Set<{ readonly amount: number; enter(): void }>()
  let [taken, holders] = [0, 0]
  const isFree = (amount: number) => holders < alwaysLet || taken + amount <= total
  const take = (amount: number) => {
    taken += amount
    holders++
    let held = true
    return () => {
      if (!held) return
      held = false
      taken -= amount
      holders--
      letIn()
    }
  }
  const letIn = () => {
    for (const next of waiting) {
      if (!isFree(next.amount)) return
      waiting.delete(next)
      next.enter()
    }
  }
  return {
    get taken() {
      return taken
    },
    async enter(amount, signal) {
      signal?.throwIfAborted()
      if (waiting.size === 0 && isFree(amount)) return take(amount)
      let stop = () => {}
      return new Promise<() => void>((resolve, reject) => {
        const entry = { amount, enter: () => resolve(take(amount)), reject }
        waiting.add(entry)
        stop = onAbort(signal, () => {
          // Later ones in the queue may be smaller.
          if (waiting.delete(entry)) letIn()
          entry.reject(signal!.reason)
        })
      }).finally(() => stop())
    },
  }
}
