/** Starts the workers of models in browsers. */
import { wrongArgument } from '../../../check-arguments'
import type { WorkerPort } from '../../../concurrency/workers/worker-port'
import { webWorkerPort } from '../../../concurrency/workers/web-worker'
import { ThreadNotStarted } from '../../../concurrency/workers/worker-tasks'
import type { DeviceOptions } from '../../options'

export function processorCount(): number {
  return navigator.hardwareConcurrency
}

/** @throws DreamLIPError `INVALID_ARGUMENT`; ThreadNotStarted if the browser refuses the worker */
export async function startModelWorker(given: NonNullable<DeviceOptions['worker']>): Promise<WorkerPort> {
  try {
    return webWorkerPort(workerOf(given), advice)
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    throw new ThreadNotStarted(`${error.message}. ${advice}`, { cause: error })
  }
}

const advice =
  "If a bundler does not find the worker's file, build dreamlip/worker as a separate entry point and pass its address: " +
  '{ worker: new URL(…) }. A Content-Security-Policy must allow the file in worker-src.'

function workerOf(given: NonNullable<DeviceOptions['worker']>): Worker {
  const worker = typeof given === 'function' ? given() : given
  if (worker instanceof Worker) return worker
  // Vite and webpack recognise this form, and build the worker's file.
  if (worker === true) return new Worker(new URL('./model-worker.js', import.meta.url), { type: 'module' })
  if (worker instanceof URL || typeof worker === 'string') return new Worker(worker, { type: 'module' })
  throw wrongArgument('worker', 'true, the URL of a file that runs dreamlip/worker, or a Worker', worker)
}
