/** An in-memory store, which the query tests search. */
import type { Fields, VectorStore, Where } from '../../../src/search/vector-store'

interface Row {
  readonly vector: Float32Array
  readonly fields: Readonly<Record<string, string | number>>
}

/** Counts its requests in `calls`. */
export function memoryStore(width: number): VectorStore & { readonly calls: Record<'search' | 'sample', number> } {
  const rows = new Map<string, Row>()
  const calls = { search: 0, sample: 0 }
  const fieldsOf = (ids: readonly string[]): Fields => {
    const names = new Set([...rows.values()].flatMap(({ fields }) => Object.keys(fields)))
    return Object.fromEntries(
      [...names].map((name) => {
        const isText = [...rows.values()].some(({ fields }) => typeof fields[name] === 'string')
        const values = ids.map((id) => rows.get(id)?.fields[name])
        const list = isText
          ? values.map((value) => value ?? '')
          : Float64Array.from(values, (value) => Number(value ?? NaN))
        return [name, list as string[] | Float64Array]
      }),
    )
  }
  return {
    calls,
    width,
    get size() {
      return rows.size
    },
    add: async (ids, vectors, { fields = {} } = {}) => {
      const before = rows.size
      ids.forEach((id, i) => {
        const own = Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values[i]!]))
        rows.set(id, { vector: unit(vectors.slice(i * width, (i + 1) * width)), fields: own })
      })
      return { added: ids.length, replaced: ids.length - (rows.size - before) }
    },
    remove: async (ids) => ids.filter((id) => rows.delete(id)).length,
    search: async (vector, k, { where } = {}) => {
      calls.search++
      const query = unit(vector)
      const hits = [...rows]
        .filter(([id, row]) => allows(where, id, row))
        .map(([id, row]) => ({ id, score: dot(row.vector, query) }))
      const best = hits.sort((a, b) => b.score - a.score).slice(0, k)
      return { ids: best.map(({ id }) => id), scores: Float32Array.from(best, ({ score }) => score) }
    },
    vectors: async (ids) => {
      const data = new Float32Array(ids.length * width).fill(NaN)
      ids.forEach((id, i) => rows.has(id) && data.set(rows.get(id)!.vector, i * width))
      return data
    },
    fields: async (ids) => fieldsOf(ids),
    sample: async (count, { where } = {}) => {
      calls.sample++
      const allowed = [...rows].filter(([id, row]) => allows(where, id, row))
      const step = Math.max(1, allowed.length / count)
      const drawn = Array.from({ length: Math.min(count, allowed.length) }, (_, i) => allowed[Math.floor(i * step)]!)
      const data = new Float32Array(drawn.length * width)
      drawn.forEach(([, { vector }], i) => data.set(vector, i * width))
      return { ids: drawn.map(([id]) => id), data }
    },
    async *rows() {
      const ids = [...rows.keys()]
      for (let start = 0; start < ids.length; start += 100) {
        const part = ids.slice(start, start + 100)
        yield { ids: part, fields: fieldsOf(part) }
      }
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function allows({ startsWith, between = {} }: Where = {}, id: string, { fields }: Row): boolean {
  const beginnings = startsWith === undefined ? [''] : typeof startsWith === 'string' ? [startsWith] : startsWith
  const isWithin = ([name, [from, to]]: [string, readonly [number, number]]) =>
    Number(fields[name] ?? NaN) >= from && Number(fields[name]) <= to
  return beginnings.some((start) => id.startsWith(start)) && Object.entries(between).every(isWithin)
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
