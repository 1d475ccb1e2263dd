/** The code inside a worker thread of Node. */
import { parentPort, type TransferListItem } from 'node:worker_threads'
import { answerTasks, type TaskContext } from './answer-tasks'
import type { StarterPort } from './worker-port'

/** The thread that started this one. */
export const starter: StarterPort = {
  post: (message, transfer) => parentPort!.postMessage(message, transfer as readonly TransferListItem[]),
  listen: (onMessage) => void parentPort!.on('message', onMessage),
}

/**
 * Answers the tasks of the thread that started this one.
 * @param pixelsOf the part of a result that is transferred instead of copied
 */
export function serveTasks<Task, Result>(
  work: (task: Task, signal: AbortSignal) => Promise<Result>,
  tasksAtOnce: number,
  pixelsOf?: (result: Result) => Float32Array,
): void {
  const transferOf = (result: Result) => (pixelsOf ? [pixelsOf(result).buffer as ArrayBuffer] : [])
  answerTasks(starter, (task: Task, { signal }: TaskContext<never>) => work(task, signal), { tasksAtOnce, transferOf })
}
