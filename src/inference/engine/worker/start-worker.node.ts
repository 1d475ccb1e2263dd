/** Starts the worker threads of models in Node. */
import { Worker } from 'node:worker_threads'
import { pathToFileURL } from 'node:url'
import { wrongArgument } from '../../../check-arguments'
import { workerFile } from '../../../concurrency/workers/worker-file.node.ts'
import { startThread, threadPort } from '../../../concurrency/workers/worker-thread.node.ts'
import type { WorkerPort } from '../../../concurrency/workers/worker-port'
import { ThreadNotStarted } from '../../../concurrency/workers/worker-tasks'
import { loadSharpFirst } from '../../../images/preprocess/preprocess-pool.node.ts'
import type { DeviceOptions } from '../../options'

export { processors as processorCount } from '../../../concurrency/processors.node.ts'

/** @throws DreamLIPError `INVALID_ARGUMENT`; ThreadNotStarted if the file is missing */
export async function startModelWorker(given: NonNullable<DeviceOptions['worker']>): Promise<WorkerPort> {
  await loadSharpFirst()
  const worker = typeof given === 'function' ? given() : given
  if (worker instanceof Worker) return threadPort(worker)
  if (worker === true) return startThread(ownFile())
  if (worker instanceof URL) return startThread(worker)
  if (typeof worker === 'string')
    return startThread(worker.startsWith('file:') ? new URL(worker) : pathToFileURL(worker))
  throw wrongArgument('worker', 'true, the path or URL of a file that runs dreamlip/worker, or a Worker', worker)
}

function ownFile(): URL {
  const file = workerFile('model-worker.node', import.meta.url)
  if (file) return file
  throw new ThreadNotStarted(
    'its file model-worker.node.js is not next to the bundled program. Leave dreamlip out of the bundle (esbuild: --external:dreamlip), ' +
      'or build dreamlip/worker as a second entry point and pass its path: { worker: new URL(…) }.',
  )
}
