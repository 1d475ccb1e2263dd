/** Processes several items of a stream at the same time, and keeps their order. */

/**
 * Yields the results in the order of the items. While the caller is busy, at most `ahead` items are processed (back-pressure). If an
 * item fails, the error is thrown when its turn comes.
 */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item>,
  ahead: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = items[Symbol.asyncIterator]()
  const working: Promise<Result>[] = []
  let done = false
  try {
    for (;;) {
      while (!done && working.length < ahead) {
        const item = await iterator.next()
        if (item.done) done = true
        else {
          const result = work(item.value)
          // If the caller stops earlier, this failure does not matter.
          result.catch(() => undefined)
          working.push(result)
        }
      }
      const next = working.shift()
      if (next === undefined) return
      yield await next
    }
  } finally {
    await iterator.return?.()
  }
}
