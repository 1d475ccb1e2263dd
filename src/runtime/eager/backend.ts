/** Switches between TensorFlow.js backends: models on different backends may share a process, but only one backend is active at a time. */
import { getBackend, setBackend } from '@tensorflow/tfjs-core'

/** Runs a synchronous function with a backend active, then makes the previous one active again. */
export function onBackend<T>(backend: string, fn: () => T): T {
  const before = getBackend()
  if (before === backend) return fn()
  // A started backend is active when setBackend returns; there is no need to wait for its promise.
  void setBackend(backend)
  try {
    return fn()
  } finally {
    if (before) void setBackend(before)
  }
}
