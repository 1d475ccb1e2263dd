/** Work in as many threads as there are processors, which go on while the main thread computes. */
import { availableParallelism } from 'node:os'
import { startWorkerThread, ThreadNotStarted, type WorkerThread } from './worker-thread.node.ts'

/** Each thread prepares some hundred photographs a second: more would only take memory. */
const mostThreads = 8

/**
 * A function that works in threads on a file; they are started by the first call, and never keep the process alive. Where they
 * cannot be started (a bundle without their file, a locked-down Node), the work is done `here`, on this thread.
 * @param findFile the file's URL, or undefined where it does not exist; asked once, when the first thread starts
 * @param before runs to its end before the first thread starts, for native modules that the main thread must load first
 */
export function threadPool<Task, Result>(
  findFile: () => URL | undefined,
  here: (task: Task, signal?: AbortSignal) => Promise<Result>,
  before: () => Promise<unknown>,
): (task: Task, signal?: AbortSignal) => Promise<Result> {
  let threads: WorkerThread<Task, Result>[] = []
  let threadless = false
  let file: URL | undefined

  /** Starts what is missing of the threads, and takes the one with the fewest tasks. */
  const idlest = () => {
    file ??= findFile()
    if (!file) throw new ThreadNotStarted('its file is missing')
    const size = Math.min(availableParallelism(), mostThreads)
    threads = threads.filter(({ alive }) => alive)
    while (threads.length < size) threads.push(startWorkerThread(file))
    return threads.reduce((best, thread) => (thread.load < best.load ? thread : best))
  }

  return async (task, signal) => {
    if (threadless) return here(task, signal)
    await before()
    try {
      return await idlest().run(task, signal)
    } catch (error) {
      if (!(error instanceof ThreadNotStarted)) throw error
      threadless = true
      return here(task, signal)
    }
  }
}
