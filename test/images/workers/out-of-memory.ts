/** A worker thread that comes up and fails at its first task as one without memory does. */
import { parentPort } from 'node:worker_threads'

parentPort!.on('message', () => {
  throw new RangeError('Array buffer allocation failed')
})
parentPort!.postMessage({ ready: true })
