/** Listens to an AbortSignal for many tasks with one listener. Node warns of a leak if a signal has more than ten listeners. */

const callbacks = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `callback` when the signal aborts. @returns a function that stops listening */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => undefined
  let waiting = callbacks.get(signal)
  if (!waiting) {
    const all = (waiting = new Set())
    callbacks.set(signal, all)
    signal.addEventListener('abort', () => all.forEach((call) => call()), { once: true })
  }
  const entry = () => callback()
  waiting.add(entry)
  return () => waiting.delete(entry)
}
