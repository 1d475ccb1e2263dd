/** The code inside a worker thread: it answers each task with a result or an error, in the order in which they finish. */
import { parentPort } from 'node:worker_threads'
import { DreamLIPError } from '../errors'
import { limit } from './limit'
import type { FromWorker, ToWorker } from './worker-thread.node.ts'

/**
 * @param tasksAtOnce how many tasks run at the same time: while this thread works on one image, the decoder's threads decode others
 * @param pixelsOf the part of a result that is transferred instead of copied
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

/** Error classes and codes, and causes with more than text, are lost when an error is sent to another thread. */
function portableError(error: unknown): Extract<FromWorker<never>, { error: unknown }>['error'] {
  const { message, cause } = error instanceof Error ? error : new Error(String(error))
  const code = error instanceof DreamLIPError ? error.code : undefined
  return { code, message, cause: cause instanceof Error ? cause.message : undefined }
}
