/** Starts a TensorFlow.js backend once its package has been imported. */
import { getBackend, setBackend } from '@tensorflow/tfjs-core'

/** tfjs gives up a backend that is still starting when it is told to start another: they start one after another. */
let last: Promise<unknown> = Promise.resolve()

/** Starts the backend and leaves the one that was active before active. @throws Error when it does not start. */
export function startBackend(name: string): Promise<void> {
  const starting = last.then(() => startNow(name))
  last = starting.catch(() => undefined)
  return starting
}

async function startNow(name: string): Promise<void> {
  const before = getBackend()
  try {
    if (!(await setBackend(name))) throw new Error(`the TensorFlow.js backend '${name}' did not start`)
  } finally {
    if (before && before !== name) await setBackend(before)
  }
}
