/** Starts a TensorFlow.js backend once its package has been imported. */
import { getBackend, setBackend } from '@tensorflow/tfjs-core'

/** Starts the backend and leaves the one that was active before active. @throws Error when it does not start. */
export async function startBackend(name: string): Promise<void> {
  const before = getBackend()
  try {
    if (!(await setBackend(name))) throw new Error(`the TensorFlow.js backend '${name}' did not start`)
  } finally {
    if (before && before !== name) await setBackend(before)
  }
}
