/** A worker thread that starts and fails at its first task, like one that is out of memory. */
import { parentPort } from 'node:worker_threads'

parentPort!.on('message', () => {
  throw new RangeError('Array buffer allocation failed')
})
parentPort!.postMessage({ ready: true })
