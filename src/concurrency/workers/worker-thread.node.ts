/** Worker threads of Node. */
import { Worker, type ResourceLimits, type TransferListItem, type WorkerOptions } from 'node:worker_threads'
import { DreamLIPError } from '../../errors'
import { cellForThread } from './thread-cells.node.ts'
import type { WorkerPort } from './worker-port'
import { workerTasks, type WorkerTasks } from './worker-tasks'

export { ThreadNotStarted } from './worker-tasks'

/** Starts a thread that prepares images or data. It keeps the process alive only while it has tasks. */
export function startWorkerThread<Task, Result>(file: URL, resourceLimits?: ResourceLimits): WorkerTasks<Task, Result> {
  return workerTasks(startThread(file, resourceLimits), died)
}

/** Starts a thread that runs a file. */
export function startThread(file: URL, resourceLimits?: ResourceLimits): WorkerPort {
  const cell = cellForThread()
  const worker = openWorker(file, { workerData: cell.workerData, resourceLimits })
  worker.on('exit', () => cell.free())
  return threadPort(worker)
}

/** The connection to a thread. */
export function threadPort(worker: Worker): WorkerPort {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as readonly TransferListItem[]),
    listen(onMessage, onEnd) {
      let cause: unknown
      worker.on('message', onMessage)
      worker.on('error', (error) => (cause = error))
      worker.on('messageerror', (error) => {
        cause = error
        void worker.terminate()
      })
      worker.on('exit', (code) => onEnd(cause instanceof Error ? cause.message : `exit code ${code}`, cause))
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    async end() {
      await worker.terminate()
    },
  }
}

/** Avoids `new Worker(file)`: for it, Turbopack (Next.js) builds every file of the folder as a possible worker, and fails. */
function openWorker(file: URL, options: WorkerOptions): Worker {
  if (!file.pathname.endsWith('.ts')) return Reflect.construct(Worker, [file, options])
  // This runs from source, so the thread must first learn to load TypeScript.
  const teach = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})))`
  return new Worker(teach, { eval: true, ...options })
}

function died(reason: string, cause: unknown): DreamLIPError {
  return new DreamLIPError(
    'WORKER_FAILED',
    `A worker thread that prepares images ended before it finished: ${reason}. ` +
      'If memory ran out, try again with smaller images or a smaller batchSize.',
    { cause },
  )
}
