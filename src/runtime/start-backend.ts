/** Starts a TensorFlow.js backend. */
import { getBackend, setBackend } from '@tensorflow/tfjs-core'

/** tfjs gives up a backend that is still starting when it is told to start another: they start one after another. */
let last: Promise<unknown> = Promise.resolve()

/**
 * Starts the backend and leaves the one that was active before active.
 * @param load imports its package, where that makes the backend active: it has to wait for its turn as well
 * @throws Error when it does not load or start
 */
export function startBackend(name: string, load?: () => Promise<unknown>): Promise<void> {
  const starting = last.then(() => startNow(name, load))
  last = starting.catch(() => undefined)
  return starting
}

/** Resolves when no backend is starting: until then tfjs refuses operations on any other. */
export async function backendsStarted(): Promise<void> {
  let seen: unknown
  while (seen !== last) {
    seen = last
    await seen
  }
}

async function startNow(name: string, load?: () => Promise<unknown>): Promise<void> {
  const before = getBackend()
  try {
    await load?.()
    if (!(await setBackend(name))) throw new Error(`the TensorFlow.js backend '${name}' did not start`)
  } finally {
    if (before && before !== name) await setBackend(before)
  }
}
