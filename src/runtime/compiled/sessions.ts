/** Sessions by the shapes that they were made for: the ones used last are kept. */

export interface Cache<T> {
  get(key: string, make: () => Promise<T>): Promise<T>
  clear(): Promise<void>
}

/** How much a cache keeps; the entry used last always stays. */
export interface CacheBounds<T> {
  readonly entries: number
  readonly bytes: number
  sizeOf(entry: T): number
}

/**
 * A cache that releases what has not been used for longest once it holds more than its bounds.
 * The caller sees to it that an entry is not in use when another is asked for.
 */
export function createCache<T>(bounds: CacheBounds<T>, release: (entry: T) => Promise<void>): Cache<T> {
  const entries = new Map<string, T>()
  const removeOldest = async () => {
    const [[key, entry]] = entries as unknown as [[string, T]]
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
      // Set again, so that the map's order is the order of use.
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
