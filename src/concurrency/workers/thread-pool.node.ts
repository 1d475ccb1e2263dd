/** A pool of worker threads, one per processor, which work while the main thread computes. */
import { processors } from '../processors.node.ts'
import { idlest, ThreadNotStarted, type WorkerTasks } from './worker-tasks'
import { startWorkerThread } from './worker-thread.node.ts'

/** Each thread prepares about a hundred photographs per second. More threads would only need more memory. */
const mostThreads = 8

/**
 * Returns a function that runs tasks in threads. The first call starts the threads, and they never keep the process alive. If they
 * cannot be started (in a bundle without their file, or in a restricted Node), `here` does the work on this thread.
 * @param findFile returns the URL of the threads' file, or undefined if it does not exist; called once, when the first thread starts
 * @param before is awaited before the first thread starts, for native modules that the main thread must load first
 */
export function threadPool<Task, Result>(
  findFile: () => URL | undefined,
  here: (task: Task, signal?: AbortSignal) => Promise<Result>,
  before: () => Promise<unknown>,
): (task: Task, signal?: AbortSignal) => Promise<Result> {
  let threads: WorkerTasks<Task, Result>[] = []
  let threadless = false
  let file: URL | undefined

  /** Starts the threads that are missing, and returns the one with the fewest tasks. */
  const nextThread = () => {
    file ??= findFile()
    if (!file) throw new ThreadNotStarted('its file is missing')
    const size = Math.min(processors(), mostThreads)
    threads = threads.filter(({ alive }) => alive)
    while (threads.length < size) threads.push(startWorkerThread(file))
    return idlest(threads)
  }

  return async (task, signal) => {
    if (threadless) return here(task, signal)
    await before()
    try {
      return await nextThread().run(task, signal)
    } catch (error) {
      if (!(error instanceof ThreadNotStarted)) throw error
      threadless = true
      return here(task, signal)
    }
  }
}
