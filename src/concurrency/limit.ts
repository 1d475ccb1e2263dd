/** Limits how many calls of an asynchronous function run at the same time. */

/** Puts a queue before the function: at most `atOnce` calls run at the same time, and the others wait in order. */
export function limit<Args extends readonly unknown[], Result>(
  atOnce: number,
  fn: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (...args) => {
    if (running === atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await fn(...args)
    } finally {
      // The next call in the queue takes this place, before any new call can.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
