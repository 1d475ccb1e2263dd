/** The code inside a worker: it answers each task with a result or an error, in the order in which they finish. */
import { limit } from '../limit'
import { portableError } from './portable-error'
import type { FromWorker, StarterPort, ToWorker } from './worker-port'

export interface Answering<Result> {
  /** Maximum tasks at the same time: while this thread works on one image, the decoder's threads decode others. */
  readonly tasksAtOnce: number
  /** The parts of a result that are transferred instead of copied. */
  readonly transferOf: (result: Result) => readonly Transferable[]
}

/** The context of a running task. */
export interface TaskContext<Event> {
  /** Aborted when the thread that started this worker cancels the task. */
  readonly signal: AbortSignal
  /** Reports something before the task ends. */
  report(event: Event): void
}

export function answerTasks<Task, Result, Event = never>(
  port: StarterPort,
  work: (task: Task, context: TaskContext<Event>) => Promise<Result>,
  { tasksAtOnce, transferOf }: Answering<Result>,
): void {
  const tasks = new Map<number, AbortController>()
  const run = limit(tasksAtOnce, work)
  const answer = (message: FromWorker<Result, Event>, transfer: readonly Transferable[] = []) =>
    port.post(message, transfer)

  port.listen((received) => {
    const message = received as ToWorker<Task>
    if ('cancel' in message) return tasks.get(message.cancel)?.abort()
    const { id, task } = message
    const controller = new AbortController()
    tasks.set(id, controller)
    const { signal } = controller
    run(task, { signal, report: (event) => answer({ id, event }) })
      .then(
        (result) => answer({ id, result }, transferOf(result)),
        // Nobody waits for a task that was cancelled.
        (error: unknown) => !signal.aborted && answer({ id, error: portableError(error) }),
      )
      // The result cannot be sent.
      .catch((error: unknown) => answer({ id, error: portableError(error) }))
      .finally(() => tasks.delete(id))
  })

  answer({ ready: true })
}
