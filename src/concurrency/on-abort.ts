/** Listens to an AbortSignal for any number of tasks with one listener: Node warns of a leak when there are more than ten. */

const callbacks = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `callback` when the signal aborts. @returns a function that ends this */
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
