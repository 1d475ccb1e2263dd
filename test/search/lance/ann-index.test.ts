/** Indexes on the vectors of a LanceDB table. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/random'
import { annTypes, partitionsFor } from '../../../src/search/lance/ann-index'
import { openLanceStore, type LanceStore } from '../../../src/search/lance/lance-store.node.ts'
import { hasLance, useLance } from './installed'

const [width, rows, clusters, k] = [32, 3000, 30, 10]
const random = createRandom(3)
const centres = Array.from({ length: clusters }, () => Float32Array.from({ length: width }, () => random.normal()))
const ids = Array.from({ length: rows }, (_, i) => `photos/${i}.jpg`)

/** A vector near one of the centres. */
const draw = () => centres[Math.floor(random.uniform() * clusters)]!.map((value) => value + 0.5 * random.normal())
const drawAll = (count: number) => {
  const data = new Float32Array(count * width)
  for (let row = 0; row < count; row++) data.set(draw(), row * width)
  return data
}

it('divides by the square root of the size, and graphs by the million', () => {
  expect([1, 10_000, 1e8].map((size) => partitionsFor('ivf-rq', size))).toEqual([1, 100, 10_000])
  expect([1, 1e6, 1e8].map((size) => partitionsFor('ivf-hnsw-sq', size))).toEqual([1, 1, 100])
})

describe.runIf(hasLance)('an index on vectors', () => {
  let [folder, restore, store] = [] as unknown as [string, () => void, LanceStore]
  const queries = Array.from({ length: 20 }, draw)
  let exact: string[][]
  const search = () => Promise.all(queries.map(async (query) => (await store.search(query, k)).ids))

  beforeAll(async () => {
    restore = useLance()
    folder = mkdtempSync(join(tmpdir(), 'dreamlip-ann-'))
    store = await openLanceStore(folder, { width, probes: 8, cacheBytes: 50e6 })
    await store.add(ids, drawAll(rows))
    exact = await search()
  })
  afterAll(async () => {
    await store.close()
    restore()
    rmSync(folder, { recursive: true })
  })

  it('is not made of few vectors unless one is asked for', async () => {
    expect(await store.buildIndex()).toEqual({ type: 'none', rows: 0 })
    expect(await search()).toEqual(exact)
  })

  it.each(annTypes)('%s finds at least nine of ten true neighbours, with exact cosines', async (type) => {
    expect(await store.buildIndex({ type, partitions: 16 })).toEqual({ type, rows, partitions: 16 })
    const found = await search()
    const shares = found.map((some, i) => some.filter((id) => exact[i]!.includes(id)).length / k)
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.9)
    const vectors = await store.vectors(found[0]!)
    const { scores } = await store.search(queries[0]!, k)
    const length = Math.hypot(...queries[0]!)
    found[0]!.forEach((_, i) => {
      const row = vectors.subarray(i * width, (i + 1) * width)
      const cosine = row.reduce((sum, value, c) => sum + value * queries[0]![c]!, 0) / length
      expect(scores[i]).toBeCloseTo(cosine, 4)
    })
  })

  it('gets rows that were added later, which are found before, too; none makes searches exact again', async () => {
    await store.buildIndex({ type: 'ivf-rq', partitions: 16 })
    await store.add(['new.jpg'], queries[0]!)
    expect((await store.search(queries[0]!, 1)).ids).toEqual(['new.jpg'])
    expect(await store.buildIndex()).toEqual({ type: 'ivf-rq', rows: rows + 1 })
    expect((await store.search(queries[0]!, 1)).ids).toEqual(['new.jpg'])
    await store.remove(['new.jpg'])
    expect(await store.buildIndex({ type: 'none' })).toEqual({ type: 'none', rows: 0 })
    expect(await search()).toEqual(exact)
  })

  it('refuses kinds and numbers that do not exist', async () => {
    const wrong = [{ type: 'ivf' }, { partitions: 0 }, { partition: 3 }]
    for (const options of wrong)
      await expect(store.buildIndex(options as object)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
