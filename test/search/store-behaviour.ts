/** The behaviour of every `VectorStore`. Tests of each implementation run this. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../src/random'
import type { Fields, VectorRows, VectorStore } from '../../src/search/vector-store'

export const width = 24
const random = createRandom(5)

/** Random vectors `[rows, width]`. */
export const vectors = (rows: number) => Float32Array.from({ length: rows * width }, () => random.normal())

export const ids = (rows: number, from = 0) => Array.from({ length: rows }, (_, i) => `photos/${from + i}.jpg`)

export const rowsOf = (data: Float32Array) =>
  Array.from({ length: data.length / width }, (_, row) => data.subarray(row * width, (row + 1) * width))

export const oneVector = () => vectors(1)

export const cosine = (a: Float32Array, b: Float32Array) => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/** Ids with their exact cosines, the best first. */
export const ranked = (entries: ReadonlyMap<string, Float32Array>, query: Float32Array) =>
  [...entries].map(([id, vector]) => ({ id, score: cosine(vector, query) })).sort((a, b) => b.score - a.score)

/** All rows as one. */
export async function allRows(store: Pick<VectorStore, 'rows'>): Promise<VectorRows> {
  const ids: string[] = []
  const fields: Record<string, unknown[]> = {}
  for await (const some of store.rows()) {
    ids.push(...some.ids)
    for (const [name, values] of Object.entries(some.fields)) (fields[name] ??= []).push(...values)
  }
  return { ids, fields: fields as unknown as Fields }
}

/** Ranks are checked as far as stored vectors distinguish cosines. */
export function expectHits(
  found: { readonly ids: readonly string[]; readonly scores: Float32Array },
  entries: ReadonlyMap<string, Float32Array>,
  query: Float32Array,
  k: number,
): void {
  const expected = ranked(entries, query).slice(0, k)
  expect(found.ids).toHaveLength(expected.length)
  expect(new Set(found.ids).size).toBe(found.ids.length)
  found.ids.forEach((id, i) => {
    expect(found.scores[i]).toBeCloseTo(expected[i]!.score, 3)
    expect(cosine(entries.get(id)!, query)).toBeCloseTo(expected[i]!.score, 3)
  })
}

/** @param open an empty store, or the same one again after it was closed */
export function describeStore(prepare: () => { readonly open: () => Promise<VectorStore>; clean(): void }): void {
  let prepared: ReturnType<typeof prepare>
  let store: VectorStore
  beforeEach(async () => {
    prepared = prepare()
    store = await prepared.open()
  })
  afterEach(async () => {
    await store.close()
    prepared.clean()
  })
  const reopen = async () => {
    await store.close()
    store = await prepared.open()
  }

  describe('a search', () => {
    it('gives fewer hits than asked for if the store is smaller, and none if it is empty', async () => {
      expect(await store.search(oneVector(), 3)).toEqual({ ids: [], scores: new Float32Array(0) })
      await store.add(ids(2), vectors(2))
      expect((await store.search(oneVector(), 3)).ids).toHaveLength(2)
    })

    it('agrees with a plain list after any adding, replacing and removing', async () => {
      const step = fc.record({ add: fc.boolean(), from: fc.nat(30), count: fc.integer({ min: 1, max: 12 }) })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          await store.remove((await allRows(store)).ids)
          const list = new Map<string, { readonly vector: Float32Array; readonly size: number }>()
          for (const { add, from, count } of steps) {
            const some = ids(count, from)
            const known = some.filter((id) => list.has(id)).length
            some.forEach((id) => list.delete(id))
            if (!add) {
              expect(await store.remove(some)).toBe(known)
              continue
            }
            const data = vectors(count)
            const size = Float64Array.from(some, () => random.uniform())
            rowsOf(data).forEach((vector, i) => list.set(some[i]!, { vector, size: size[i]! }))
            expect(await store.add(some, data, { fields: { size } })).toEqual({ added: count, replaced: known })
          }
          expect(store.size).toBe(list.size)
          const all = await allRows(store)
          expect(all.ids).toEqual([...list.keys()])
          expect([...((all.fields.size ?? []) as Float64Array)]).toEqual([...list.values()].map(({ size }) => size))
          const query = oneVector()
          const entries = new Map([...list].map(([id, { vector }]) => [id, vector]))
          expectHits(await store.search(query, 50), entries, query, 50)
        }),
        { numRuns: 12 },
      )
    })

    it('finds only what begins as asked for, and has numbers in the ranges', async () => {
      const names = ['a/1', 'a/2', 'ab/3', 'b/4', "b/it's 5", 'b/%_6', 'é/7']
      const data = vectors(names.length)
      const size = Float64Array.of(1, 2, 3, 4, 5, 6, 7)
      const taken = Float64Array.of(10, NaN, 30, 40, 50, 60, 70)
      await store.add(names, data, { fields: { size, taken } })
      const query = oneVector()
      const found = async (where: object) => (await store.search(query, 10, { where })).ids.sort()
      expect(await found({ startsWith: 'a/' })).toEqual(['a/1', 'a/2'])
      expect(await found({ startsWith: ['a/', 'é'] })).toEqual(['a/1', 'a/2', 'é/7'])
      expect(await found({ startsWith: "b/it's" })).toEqual(["b/it's 5"])
      expect(await found({ startsWith: 'b/%_' })).toEqual(['b/%_6'])
      expect(await found({ startsWith: [] })).toEqual([])
      expect(await found({ between: { size: [2, 4] } })).toEqual(['a/2', 'ab/3', 'b/4'])
      expect(await found({ between: { taken: [-Infinity, 30] } })).toEqual(['a/1', 'ab/3'])
      expect(await found({ startsWith: 'a', between: { size: [2, 9], taken: [0, Infinity] } })).toEqual(['ab/3'])
      expect((await store.sample(9, { where: { startsWith: 'b' } })).ids.slice().sort()).toEqual(
        names.slice(3, 6).sort(),
      )
      await store.remove(['b/4'])
      expect(await found({ between: { size: [2, 4] } })).toEqual(['a/2', 'ab/3'])
    })
  })

  describe('rows', () => {
    it('keep their ids and fields, also where an addition has none', async () => {
      const names = ['new\nline', '', '日本語', "it's"]
      await store.add(names, vectors(4), {
        fields: { hash: ['x', '', 'ü', 'z'], size: Float64Array.of(1, NaN, 2 ** 53, -0.5) },
      })
      await store.add(['more'], vectors(1), { fields: { width: Float64Array.of(3) } })
      await store.add(['none'], vectors(1))
      await reopen()
      const all = await allRows(store)
      expect(all.ids).toEqual([...names, 'more', 'none'])
      expect(all.fields).toEqual({
        hash: ['x', '', 'ü', 'z', '', ''],
        size: [1, NaN, 2 ** 53, -0.5, NaN, NaN],
        width: [NaN, NaN, NaN, NaN, 3, NaN],
      })
      expect(await store.fields(['more', 'nothing', '日本語'])).toEqual({
        hash: ['', '', 'ü'],
        size: Float64Array.of(NaN, NaN, 2 ** 53),
        width: Float64Array.of(3, NaN, NaN),
      })
    })

    it('give their vectors at unit length, and NaN for unknown ids', async () => {
      const data = vectors(3)
      await store.add(ids(3), data)
      const found = rowsOf(await store.vectors(['photos/2.jpg', 'nothing', 'photos/0.jpg']))
      expect(cosine(found[0]!, rowsOf(data)[2]!)).toBeCloseTo(1, 5)
      expect(Math.hypot(...found[0]!)).toBeCloseTo(1, 6)
      expect([...found[1]!]).toEqual(Array.from({ length: width }, () => NaN))
      expect(cosine(found[2]!, rowsOf(data)[0]!)).toBeCloseTo(1, 5)
    })

    it('are drawn at random, the same for the same seed', async () => {
      await store.add(ids(200), vectors(200))
      await store.remove(ids(50))
      const first = await store.sample(40, { seed: 3 })
      expect(await store.sample(40, { seed: 3 })).toEqual(first)
      expect((await store.sample(40, { seed: 4 })).ids).not.toEqual(first.ids)
      expect(new Set(first.ids).size).toBe(40)
      expect(first.ids.every((id) => !ids(50).includes(id))).toBe(true)
      expect(first.data).toEqual(await store.vectors(first.ids))
      expect((await store.sample(1000)).ids.slice().sort()).toEqual(ids(150, 50).sort())
    })
  })

  it('stays as it was when an addition is refused or aborted', async () => {
    await store.add(ids(3), vectors(3), { fields: { size: new Float64Array(3) } })
    const zero = vectors(2)
    zero.fill(0, width)
    await expect(store.add(ids(2, 3), zero)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/row 1 \('photos\/4\.jpg'\).*not all 0/) as string,
    })
    const refused: readonly [readonly string[], Float32Array, object?][] = [
      [['a', 'a'], vectors(2)],
      [['a', '\ud800'], vectors(2)],
      [ids(2), vectors(3)],
      [ids(1), vectors(1), { fields: { size: ['text'] } }],
      [ids(1), vectors(1), { fields: { size: new Float64Array(2) } }],
      [ids(1), vectors(1), { fields: { 'a b': new Float64Array(1) } }],
      [ids(1), vectors(1), { field: {} }],
    ]
    for (const [some, data, options] of refused) {
      await expect(store.add(some, data, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(store.add(ids(2, 3), vectors(2), { signal })).rejects.toThrow('enough')
    expect((await allRows(store)).ids).toEqual(ids(3))
    await expect(store.search(oneVector(), 3, { where: { between: { sise: [1, 2] } } })).rejects.toThrow(/size.*sise/)
    await expect(store.search(oneVector(), 3, { where: { startWith: 'a' } as object })).rejects.toThrow(/startsWith/)
  })

  it('is there when it is opened again', async () => {
    const query = oneVector()
    await store.add(ids(50), vectors(50))
    const found = await store.search(query, 5)
    await reopen()
    expect([store.width, store.size]).toEqual([width, 50])
    expect(await store.search(query, 5)).toEqual(found)
  })
}
