/** Runs work on untrusted input in a thread, and terminates the thread if it needs too much time or memory. */
import { DreamLIPError } from '../errors'
import { limit } from './limit'
import { ThreadNotStarted, type WorkerTasks } from './workers/worker-tasks'
import { startWorkerThread } from './workers/worker-thread.node.ts'

export interface Bounds {
  /** The time limit of a task, without the time to start the thread. */
  readonly milliseconds: number
  /** Maximum growth of the process's memory during the task. */
  readonly bytes: number
}

/** The thread was terminated because its task needed too much time or memory, or it crashed. */
export class OutOfBounds extends Error {}

/** The interval between checks. A thread can fill a few gigabytes per second, so a few hundred megabytes between two checks. */
const tickMilliseconds = 20

/** A thread that has not started within this time never will. */
const startMilliseconds = 60_000

/**
 * The heap limit is generous. If a growing array reaches it, V8 ends the whole process, not only the thread. The check below
 * terminates the thread long before that.
 */
const heap = { maxOldGenerationSizeMb: 4096 }

/**
 * Returns a function that runs tasks in a thread, one at a time, so that it is clear which task needed too much.
 * @param name the name of the thread's file, for messages
 * @param findFile returns the file's URL, or undefined if it does not exist
 * @returns rejects with OutOfBounds, the error of the work, the signal's reason, or DreamLIPError `WORKER_FAILED` if no thread starts
 */
export function boundedThread<Task, Result>(
  name: string,
  findFile: () => URL | undefined,
): (task: Task, bounds: Bounds, signal?: AbortSignal) => Promise<Result> {
  let thread: WorkerTasks<Task, Result> | undefined
  return limit(1, async (task: Task, bounds: Bounds, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    if (!thread?.alive) thread = start<Task, Result>(name, findFile())
    const current = thread
    const watch = watchOver(current, bounds)
    try {
      return await current.run(task, signal)
    } catch (error) {
      // A busy thread does not receive messages, so it cannot be asked to stop.
      if (signal?.aborted) void current.end(signal.reason)
      if (error instanceof ThreadNotStarted) throw cannotStart(name, error)
      throw current.alive || error instanceof OutOfBounds || signal?.aborted ? error : asOutOfBounds(error)
    } finally {
      clearInterval(watch)
    }
  })
}

function start<Task, Result>(name: string, file: URL | undefined): WorkerTasks<Task, Result> {
  if (!file) throw cannotStart(name, new Error('it is missing'))
  return startWorkerThread<Task, Result>(file, heap)
}

/**
 * Terminates the thread when it exceeds a limit. Time is counted in ticks, so the thread's time does not run out while this process
 * sleeps or its main thread is busy.
 */
function watchOver(thread: WorkerTasks<never, unknown>, bounds: Bounds): NodeJS.Timeout {
  const before = process.memoryUsage.rss()
  let [starting, working] = [0, 0]
  return setInterval(() => {
    if (thread.started) working += tickMilliseconds
    else starting += tickMilliseconds
    const grown = process.memoryUsage.rss() - before
    if (starting > startMilliseconds) void thread.end(new OutOfBounds('the thread did not start'))
    if (working > bounds.milliseconds) void thread.end(new OutOfBounds(`no answer within ${bounds.milliseconds} ms`))
    if (grown > bounds.bytes)
      void thread.end(new OutOfBounds(`it took more than ${megabytes(bounds.bytes)} MB of memory`))
  }, tickMilliseconds)
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2)
}

function asOutOfBounds(error: unknown): OutOfBounds {
  const { message, cause } = error as Error
  return new OutOfBounds(cause instanceof Error ? cause.message : message, { cause: error })
}

function cannotStart(name: string, cause: Error): DreamLIPError {
  return new DreamLIPError(
    'WORKER_FAILED',
    `${name}: this file of the package could not be started as a worker thread: ${cause.message}. ` +
      'Files of this format are decoded only in a thread, because a thread can be stopped. If you bundle your program, ' +
      'leave dreamlip out of the bundle (external), or install the same version of it where the bundle runs.',
    { cause },
  )
}
