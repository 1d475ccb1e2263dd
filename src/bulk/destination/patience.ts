/** Waits for a store that does not answer, for a limited time. */
import { setTimeout as wait } from 'node:timers/promises'

export interface Patience {
  readonly seconds: number
  /** Whether an error may pass. */
  readonly mayPass: (error: unknown) => boolean
  /** Called with each error that is waited out. */
  readonly onWait: (error: Error) => void
}

const firstPauseMs = 500
const longestPauseMs = 10_000
/** Timers cut off parts of a millisecond, and may come one early: so little is no time for another try. */
const timerMs = 1

/**
 * Tries until it succeeds, the error cannot pass, or the time is over. Time is counted from the first failure, by a clock that does not jump.
 * @throws the last error; the signal's reason
 */
export async function patiently<T>(
  { seconds, mayPass, onWait }: Patience,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let start: number | undefined
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      start ??= performance.now()
      const left = 1000 * seconds - (performance.now() - start)
      if (!mayPass(error) || left <= timerMs) throw error
      onWait(error as Error)
      await wait(Math.ceil(Math.min(pause, left)), undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}
