/** A worker as the thread that started it sees it: it takes tasks, answers with results or errors, and may die. */
import { onAbort } from '../on-abort'
import { receivedError } from './portable-error'
import type { FromWorker, ToWorker, WorkerPort } from './worker-port'

/** The worker never started, so the task was not done. Nothing is wrong with the task. */
export class ThreadNotStarted extends Error {}

/** The options of a task. */
export interface TaskOptions<Event> {
  /** Objects to transfer to the worker instead of copying them. */
  readonly transfer?: readonly Transferable[]
  /** Called with the work's reports while it runs. If it throws, the task fails with its error. */
  readonly onEvent?: (event: Event) => void
}

export interface WorkerTasks<Task, Result, Event = never> {
  /** The number of unfinished tasks. */
  readonly load: number
  /** Whether the worker is alive and takes tasks. */
  readonly alive: boolean
  /** Whether the worker's file has been loaded. */
  readonly started: boolean
  /** Terminates the worker, even during a computation. Its tasks fail with this error. Resolves when it has ended. */
  end(error: unknown): Promise<void>
  /** @throws errors of the work; the error for a worker that ended; ThreadNotStarted; the signal's reason */
  run(task: Task, signal?: AbortSignal, options?: TaskOptions<Event>): Promise<Result>
}

/** The worker with the fewest tasks. @param workers at least one */
export function idlest<Worker extends { readonly load: number }>(workers: readonly Worker[]): Worker {
  return workers.reduce((best, worker) => (worker.load < best.load ? worker : best))
}

interface Waiting<Result, Event> {
  resolve(result: Result): void
  reject(error: unknown): void
  onEvent?(event: Event): void
}

/**
 * The tasks of a worker that was just started. It keeps the process alive only while it has tasks.
 * @param died makes the error for the tasks of a worker that ended before they were done
 */
export function workerTasks<Task, Result, Event = never>(
  port: WorkerPort,
  died: (reason: string, cause: unknown) => Error,
): WorkerTasks<Task, Result, Event> {
  const waiting = new Map<number, Waiting<Result, Event>>()
  let [started, alive, nextId] = [false, true, 0]
  let failure: unknown

  const finish = (id: number) => {
    const task = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) port.hold(false)
    return task
  }
  const fail = (error: unknown) => {
    alive = false
    failure = error
    for (const task of waiting.values()) task.reject(error)
    waiting.clear()
  }
  const cancel = (id: number, error: unknown) => {
    const task = finish(id)
    if (!task) return
    port.post({ cancel: id } satisfies ToWorker<Task>)
    task.reject(error)
  }
  const report = (id: number, event: Event) => {
    try {
      waiting.get(id)?.onEvent?.(event)
    } catch (error) {
      cancel(id, error)
    }
  }

  port.listen(
    (received) => {
      const message = received as FromWorker<Result, Event>
      started = true
      if ('ready' in message) return
      if ('event' in message) report(message.id, message.event)
      else if ('result' in message) finish(message.id)?.resolve(message.result)
      else finish(message.id)?.reject(receivedError(message.error))
    },
    (reason, cause) => {
      if (alive) fail(started ? died(reason, cause) : new ThreadNotStarted(reason, { cause }))
    },
  )
  // After the listeners: adding one keeps the process alive again.
  port.hold(false)

  return {
    get load() {
      return waiting.size
    },
    get alive() {
      return alive
    },
    get started() {
      return started
    },
    end(error) {
      if (alive) fail(error)
      return port.end()
    },
    async run(task, signal, { transfer, onEvent } = {}) {
      signal?.throwIfAborted()
      if (!alive) throw failure
      const id = nextId++
      port.post({ id, task } satisfies ToWorker<Task>, transfer)
      port.hold(true)
      const stop = onAbort(signal, () => cancel(id, signal!.reason))
      return new Promise<Result>((resolve, reject) => waiting.set(id, { resolve, reject, onEvent })).finally(stop)
    },
  }
}
