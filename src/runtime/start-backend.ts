/** Starts a TensorFlow.js backend. */
import { getBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core'
import { loadKernels } from './load-kernels'

/** tfjs aborts a starting backend if another one is started, so they start one after the other. */
let last: Promise<unknown> = Promise.resolve()

/**
 * Starts the backend. The backend that was active before stays active.
 * @param load imports its package. This may make the backend active, so it must wait its turn too
 * @throws Error if it cannot be loaded or started
 */
export function startBackend(name: string, load?: () => Promise<unknown>): Promise<void> {
  const starting = last.then(() => startNow(name, load))
  last = starting.catch(() => undefined)
  return starting
}

/** Resolves when no backend is starting. Until then, tfjs refuses operations on any other backend. */
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
    if (load) await loadKernels(name, load)
    if (!(await setBackend(name))) {
      removeBackend(name) // otherwise it remains active, and tfjs restarts it at the next operation
      throw new Error(`the TensorFlow.js backend '${name}' did not start`)
    }
  } finally {
    if (before && before !== name) await setBackend(before)
  }
}
