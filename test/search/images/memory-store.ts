/** A VectorStore in memory, for tests of what is put into one. */
import type { Fields, VectorStore } from '../../../src/search/vector-store'

interface Row {
  readonly vector: Float32Array
  readonly fields: Readonly<Record<string, string | number>>
}

/** Counts calls of `add`. */
export interface MemoryStore extends VectorStore {
  readonly commits: number
  /** Makes the next call of `add` fail. */
  failNext(error: Error): void
}

export function createMemoryStore(width: number): MemoryStore {
  const all = new Map<string, Row>()
  let commits = 0
  let failure: Error | undefined
  const columns = (ids: readonly string[]): Fields => {
    const names = Object.keys([...all.values()][0]?.fields ?? {})
    const valueOf = (id: string, name: string) => all.get(id)?.fields[name]
    return Object.fromEntries(
      names.map((name) => {
        const values = ids.map((id) => valueOf(id, name))
        return [
          name,
          values.some((value) => typeof value === 'string')
            ? (values as string[])
            : Float64Array.from(values as number[]),
        ]
      }),
    )
  }
  const vectors = async (ids: readonly string[]) => {
    const data = new Float32Array(ids.length * width).fill(NaN) // [ids, width]
    ids.forEach((id, i) => data.set(all.get(id)?.vector ?? [], i * width))
    return data
  }
  return {
    width,
    get size() {
      return all.size
    },
    get commits() {
      return commits
    },
    failNext(error) {
      failure = error
    },
    async add(ids, data, { fields = {} } = {}) {
      if (failure) {
        const error = failure
        failure = undefined
        throw error
      }
      commits++
      const replaced = ids.filter((id) => all.has(id)).length
      ids.forEach((id, i) => {
        const values = Object.entries(fields).map(([name, column]) => [name, column[i]!] as const)
        all.set(id, { vector: data.slice(i * width, (i + 1) * width), fields: Object.fromEntries(values) })
      })
      return { added: ids.length, replaced }
    },
    remove: async (ids) => ids.filter((id) => all.delete(id)).length,
    async search(vector, k) {
      const dot = (row: Row) => row.vector.reduce((sum, value, i) => sum + value * vector[i]!, 0)
      const ranked = [...all].map(([id, row]) => [id, dot(row)] as const).sort(([, a], [, b]) => b - a)
      const best = ranked.slice(0, k)
      return { ids: best.map(([id]) => id), scores: Float32Array.from(best, ([, score]) => score) }
    },
    vectors,
    fields: async (ids: readonly string[]) => columns(ids),
    async sample(count) {
      const ids = [...all.keys()].slice(0, count)
      return { ids, data: await vectors(ids) }
    },
    async *rows() {
      if (all.size > 0) yield { ids: [...all.keys()], fields: columns([...all.keys()]) }
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  } as MemoryStore
}
