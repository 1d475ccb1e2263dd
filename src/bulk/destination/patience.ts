/** Retries for a limited time while a store does not answer. */
import { setTimeout as wait } from 'node:timers/promises'

export interface Patience {
  readonly seconds: number
  /** Whether an error may be temporary. */
  readonly mayPass: (error: unknown) => boolean
  /** Called with each error that is retried. */
  readonly onWait: (error: Error) => void
}

const firstPauseMs = 500
const longestPauseMs = 10_000
/** Timers truncate fractions of a millisecond and may fire one early, so this little time is not enough for another try. */
const timerMs = 1

/**
 * Retries until success, a permanent error, or the time limit, which starts at the first failure. The clock is monotonic.
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
