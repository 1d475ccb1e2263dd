/** A worker thread as the main thread sees it: it takes tasks, answers with results or errors, and may die. */
import { Worker, type ResourceLimits, type WorkerOptions } from 'node:worker_threads'
import { DreamLIPError, type ErrorCode } from '../errors'
import { onAbort } from './on-abort'
import { cellForThread } from './thread-cells.node.ts'

export type ToWorker<Task> = { readonly id: number; readonly task: Task } | { readonly cancel: number }

export type FromWorker<Result> =
  | { readonly ready: true }
  | { readonly id: number; readonly result: Result }
  | {
      readonly id: number
      readonly error: { readonly code?: ErrorCode; readonly message: string; readonly cause?: string }
    }

/** The thread never started, so the task was not done. Nothing is wrong with the task. */
export class ThreadNotStarted extends Error {}

export interface WorkerThread<Task, Result> {
  /** The number of tasks that are not done yet. */
  readonly load: number
  /** Whether the thread has not ended, and takes tasks. */
  readonly alive: boolean
  /** Whether the thread's file has been loaded. */
  readonly started: boolean
  /** Terminates the thread, even during a computation. Its tasks fail with this error. */
  end(error: unknown): void
  /** @throws errors of the work; DreamLIPError `WORKER_FAILED` if the thread ends; ThreadNotStarted; the signal's reason */
  run(task: Task, signal?: AbortSignal): Promise<Result>
}

interface Waiting<Result> {
  resolve(result: Result): void
  reject(error: unknown): void
}

/** Starts a thread that runs a file. It keeps the process alive only while it has tasks. */
export function startWorkerThread<Task, Result>(
  file: URL,
  resourceLimits?: ResourceLimits,
): WorkerThread<Task, Result> {
  const cell = cellForThread()
  const worker = openWorker(file, { workerData: cell.workerData, resourceLimits })
  const tasks = new WaitingTasks<Result>(worker)
  let [started, alive] = [false, true]
  let cause: unknown

  worker.on('message', (message: FromWorker<Result>) => {
    if ('ready' in message) started = true
    else if ('result' in message) tasks.finish(message.id)?.resolve(message.result)
    else tasks.finish(message.id)?.reject(asError(message.error))
  })
  worker.on('error', (error) => (cause = error))
  worker.on('messageerror', (error) => {
    cause = error
    void worker.terminate()
  })
  worker.on('exit', (code) => {
    alive = false
    cell.free()
    const reason = cause instanceof Error ? cause.message : `exit code ${code}`
    tasks.rejectAll(started ? died(reason, cause) : new ThreadNotStarted(reason, { cause }))
  })
  // After the listeners: adding one keeps the process alive again.
  worker.unref()

  return {
    get load() {
      return tasks.size
    },
    get alive() {
      return alive
    },
    get started() {
      return started
    },
    end(error) {
      alive = false
      tasks.rejectAll(error)
      void worker.terminate()
    },
    run: (task, signal) => runTask(worker, tasks, task, signal),
  }
}

/** Tasks of a thread that are not done. While there are any, the thread keeps the process alive. */
class WaitingTasks<Result> {
  private readonly waiting = new Map<number, Waiting<Result>>()
  private nextId = 0

  constructor(private readonly worker: Worker) {}

  get size(): number {
    return this.waiting.size
  }

  newId(): number {
    return this.nextId++
  }

  add(id: number, task: Waiting<Result>): void {
    this.worker.ref()
    this.waiting.set(id, task)
  }

  /** Takes a task off the list; `undefined` if it is not on it any more. */
  finish(id: number): Waiting<Result> | undefined {
    const task = this.waiting.get(id)
    this.waiting.delete(id)
    if (this.size === 0) this.worker.unref()
    return task
  }

  rejectAll(error: unknown): void {
    this.waiting.forEach((task) => task.reject(error))
    this.waiting.clear()
  }
}

async function runTask<Task, Result>(
  worker: Worker,
  tasks: WaitingTasks<Result>,
  task: Task,
  signal?: AbortSignal,
): Promise<Result> {
  signal?.throwIfAborted()
  const id = tasks.newId()
  const stop = onAbort(signal, () => {
    worker.postMessage({ cancel: id } satisfies ToWorker<Task>)
    tasks.finish(id)?.reject(signal!.reason)
  })
  return new Promise<Result>((resolve, reject) => {
    worker.postMessage({ id, task } satisfies ToWorker<Task>)
    tasks.add(id, { resolve, reject })
  }).finally(stop)
}

function openWorker(file: URL, options: WorkerOptions): Worker {
  if (!file.pathname.endsWith('.ts')) return new Worker(file, options)
  // This runs from source, so the thread must first learn to load TypeScript.
  const teach = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})))`
  return new Worker(teach, { eval: true, ...options })
}

function asError({ code, message, cause }: Extract<FromWorker<never>, { error: unknown }>['error']): Error {
  const options = cause === undefined ? undefined : { cause: new Error(cause) }
  return code ? new DreamLIPError(code, message, options) : new Error(message, options)
}

function died(reason: string, cause: unknown): DreamLIPError {
  return new DreamLIPError(
    'WORKER_FAILED',
    `A worker thread that prepares images ended before it finished: ${reason}. ` +
      'If memory ran out, try again with smaller images or a smaller batchSize.',
    { cause },
  )
}
