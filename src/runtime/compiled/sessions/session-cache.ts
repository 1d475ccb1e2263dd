/** A cache of sessions by the shapes of their inputs. It keeps the most recently used ones. */

export interface Cache<T> {
  get(key: string, make: () => Promise<T>): Promise<T>
  clear(): Promise<void>
}

/** The limits of a cache. The most recently used entry always stays. */
export interface CacheBounds<T> {
  readonly entries: number
  readonly bytes: number
  sizeOf(entry: T): number
}

/**
 * A cache that releases the least recently used entries when it exceeds its limits.
 * An entry must not be in use when the caller asks for another one.
 */
export function createCache<T>(bounds: CacheBounds<T>, release: (entry: T) => Promise<void>): Cache<T> {
  const entries = new Map<string, T>()
  const removeOldest = async () => {
    const [key, entry] = [...entries][0]!
    entries.delete(key)
    await release(entry)
  }
  const isFull = () => {
    const bytes = [...entries.values()].reduce((sum, entry) => sum + bounds.sizeOf(entry), 0)
    return entries.size > bounds.entries || bytes > bounds.bytes
  }
  return {
    async get(key, make) {
      const entry = entries.get(key) ?? (await make())
      // Set again, so that the order of the map is the order of use.
      entries.delete(key)
      entries.set(key, entry)
      while (entries.size > 1 && isFull()) await removeOldest()
      return entry
    },
    async clear() {
      while (entries.size > 0) await removeOldest()
    },
  }
}
