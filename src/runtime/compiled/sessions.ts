/** Sessions by the shapes that they were made for: the ones used last are kept. */

export interface Cache<T> {
  get(key: string, make: () => Promise<T>): Promise<T>
  clear(): Promise<void>
}

/**
 * A cache that keeps `bound` entries and releases the one that has not been used for longest.
 * The caller sees to it that an entry is not in use when another is asked for.
 */
export function createCache<T>(bound: number, release: (entry: T) => Promise<void>): Cache<T> {
  const entries = new Map<string, Promise<T>>()
  const remove = async (key: string, entry: Promise<T>) => {
    entries.delete(key)
    await entry.then(release, () => undefined)
  }
  return {
    async get(key, make) {
      const known = entries.get(key)
      const entry = known ?? make()
      // Set again, so that the map's order is the order of use.
      entries.delete(key)
      entries.set(key, entry)
      entry.catch(() => entries.delete(key))
      const [oldest] = entries
      if (entries.size > bound) await remove(...oldest!)
      return entry
    },
    async clear() {
      await Promise.all([...entries].map(([key, entry]) => remove(key, entry)))
    },
  }
}
