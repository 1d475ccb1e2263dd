/** Bounds how many calls of an asynchronous function run at the same time. */

/** The function with a queue before it: at most `atOnce` calls run, the others wait in the order in which they came. */
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
      // Whoever waits takes this call's place; nobody who comes in between gets it.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
