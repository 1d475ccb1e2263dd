/** A worker thread that starts, takes a task, and ends without an answer. */
import { parentPort } from 'node:worker_threads'

parentPort!.on('message', () => process.exit(3))
parentPort!.postMessage({ ready: true })
