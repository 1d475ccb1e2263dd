/** The inside of a worker thread: one result or error for each task, in whatever order they are done. */
import { parentPort } from 'node:worker_threads'
import { DreamLIPError } from '../errors'
import { limit } from './limit'
import type { FromWorker, ToWorker } from './worker-thread.node.ts'

/**
 * @param tasksAtOnce while one image is worked on here, others are decoded in the decoder's own threads
 * @param pixelsOf what of a result is handed over instead of copied
 */
export function serveTasks<Task, Result>(
  work: (task: Task, signal: AbortSignal) => Promise<Result>,
  tasksAtOnce: number,
  pixelsOf?: (result: Result) => Float32Array,
): void {
  const tasks = new Map<number, AbortController>()
  const run = limit(tasksAtOnce, work)
  const answer = (message: FromWorker<Result>, transfer: readonly ArrayBuffer[] = []) =>
    parentPort!.postMessage(message, [...transfer])

  parentPort!.on('message', (message: ToWorker<Task>) => {
    if ('cancel' in message) return tasks.get(message.cancel)?.abort()
    const { id, task } = message
    const controller = new AbortController()
    tasks.set(id, controller)
    run(task, controller.signal)
      .then(
        (result) => answer({ id, result }, pixelsOf ? [pixelsOf(result).buffer as ArrayBuffer] : []),
        // Nobody waits for a task that was cancelled.
        (error: unknown) => !controller.signal.aborted && answer({ id, error: portableError(error) }),
      )
      .finally(() => tasks.delete(id))
  })

  answer({ ready: true })
}

/** Classes and codes do not survive the way between threads, nor do causes that hold more than text. */
function portableError(error: unknown): Extract<FromWorker<never>, { error: unknown }>['error'] {
  const { message, cause } = error instanceof Error ? error : new Error(String(error))
  const code = error instanceof DreamLIPError ? error.code : undefined
  return { code, message, cause: cause instanceof Error ? cause.message : undefined }
}
