/** An in-memory store whose writes are counted, and can fail or wait. */
import type { VectorStore } from '../../../src/search/vector-store'
import { memoryStore } from '../query/memory-store'

export interface WatchedStore extends VectorStore {
  /** How often rows were written. */
  readonly commits: number
  /** Awaited before the next rows are written; they are not written if it throws. */
  beforeNext(action: () => unknown): void
}

export function createMemoryStore(width: number): WatchedStore {
  const store = memoryStore(width)
  let commits = 0
  let before: (() => unknown) | undefined
  return Object.defineProperties(Object.create(store) as WatchedStore, {
    commits: { get: () => commits },
    beforeNext: { value: (action: () => unknown) => void (before = action) },
    add: {
      value: async (...args: Parameters<VectorStore['add']>) => {
        const action = before
        before = undefined
        await action?.()
        commits++
        return store.add(...args)
      },
    },
  })
}
