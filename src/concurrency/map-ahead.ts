/** Works on some items of a stream at the same time, and keeps their order. */

/**
 * Results in the order of the items; `ahead` items are being worked on while the caller is busy, and no more: that is the
 * back-pressure. A failure comes when its item's turn comes.
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
          // Whoever stops earlier does not care about this failure.
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
