/** Loads packages of kernels, without messages if the process already has their kernels. */
import { env, getKernelsForBackend } from '@tensorflow/tfjs-core'

/**
 * Loads code that registers kernels. If another copy of it has registered the same ones, as in a server with several bundles, tfjs
 * prints a line for each. This is harmless, so the lines are suppressed.
 * @param backend of the kernels
 */
export async function loadKernels<T>(backend: string, load: () => Promise<T>): Promise<T> {
  if (getKernelsForBackend(backend).length === 0) return load()
  const quiet = env().getBool('PROD')
  env().set('PROD', true)
  try {
    return await load()
  } finally {
    env().set('PROD', quiet)
  }
}
