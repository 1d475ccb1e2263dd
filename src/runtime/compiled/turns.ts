/** The queue that all compiled programs of a process share. */

let last: Promise<unknown> = Promise.resolve()

/**
 * Starts work when all earlier work has ended. All models share one queue: a run uses all cores, a session must not be released while
 * it is in use, and ONNX Runtime cannot create two sessions on WebGPU at once.
 */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work)
  last = turn.catch(() => undefined)
  return turn
}
