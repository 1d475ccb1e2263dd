/** Waits for a promise until a signal is aborted. Leaves no listener on it, unlike `Promise.race` with one long promise. */
import { onAbort } from './on-abort'

/** @returns undefined if the signal is aborted first */
export async function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  let stopListening = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    stopListening = onAbort(signal, () => resolve(undefined))
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    stopListening()
  }
}
