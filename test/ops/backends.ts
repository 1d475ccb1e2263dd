/** Runs a group of tests once on each TensorFlow.js backend that works in Node. */
import { engine, setBackend } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { beforeAll, describe } from 'vitest'

/** Defines the tests for each backend, which is active while they run. */
export function onEachBackend(define: (backend: string) => void): void {
  describe.each(['cpu', 'wasm'])('on the %s backend', (backend) => {
    beforeAll(async () => {
      await setBackend(backend)
      Object.assign(engine().backend, { firstUse: false }) // keeps the CPU backend from printing its advice
    })
    define(backend)
  })
}
