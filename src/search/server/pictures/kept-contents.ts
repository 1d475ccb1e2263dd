/** Caches the latest drawings, up to a number of bytes. */
import type { Content } from '../http/content'

export interface KeptContents {
  /** Returns the cached content for a key, or makes it. Concurrent requests for one key share the work. */
  get(key: string, make: () => Promise<Content>): Promise<Content>
}

export function keepContents(mostBytes: number): KeptContents {
  const kept = new Map<string, Promise<Content>>()
  const sizes = new Map<string, number>()
  let total = 0

  const drop = (key: string) => {
    kept.delete(key)
    total -= sizes.get(key) ?? 0
    sizes.delete(key)
  }
  const count = (key: string, { bytes }: Content) => {
    if (!kept.has(key)) return
    sizes.set(key, bytes.length)
    total += bytes.length
    for (const oldest of kept.keys()) {
      if (total <= mostBytes) break
      if (sizes.has(oldest)) drop(oldest)
    }
  }
  return {
    get(key, make) {
      const before = kept.get(key)
      if (before) {
        kept.delete(key)
        kept.set(key, before) // now the newest
        return before
      }
      const made = make()
      kept.set(key, made)
      made.then(
        (content) => count(key, content),
        () => drop(key),
      )
      return made
    },
  }
}
