/** An in-memory store whose writes are counted and can fail. */
import type { VectorStore } from '../../../src/search/vector-store'
import { memoryStore } from '../query/memory-store'

export interface WatchedStore extends VectorStore {
  /** How often rows were written. */
  readonly commits: number
  /** Makes the next call of `add` fail. */
  failNext(error: Error): void
}

export function createMemoryStore(width: number): WatchedStore {
  const store = memoryStore(width)
  let commits = 0
  let failure: Error | undefined
  return Object.defineProperties(Object.create(store) as WatchedStore, {
    commits: { get: () => commits },
    failNext: { value: (error: Error) => void (failure = error) },
    add: {
      value: async (...args: Parameters<VectorStore['add']>) => {
        const error = failure
        failure = undefined
        if (error) throw error
        commits++
        return store.add(...args)
      },
    },
  })
}
