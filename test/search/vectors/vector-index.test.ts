import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/random'
import { VectorIndex } from '../../../src/search/vectors/vector-index.node.ts'
import { killSeed } from '../../kill-seed'

let folder = ''
beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), 'dreamlip-vectors-')), 'index')))
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const width = 24
const random = createRandom(5)
const vectors = (rows: number) => Float32Array.from({ length: rows * width }, () => random.normal())
const ids = (rows: number, from = 0) => Array.from({ length: rows }, (_, i) => `photos/${from + i}.jpg`)
const rowsOf = (data: Float32Array) =>
  Array.from({ length: data.length / width }, (_, row) => data.subarray(row * width, (row + 1) * width))
const cosine = (a: Float32Array, b: Float32Array) => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
/** The ids in the order of their exact cosines. */
const ranked = (entries: ReadonlyMap<string, Float32Array>, query: Float32Array) =>
  [...entries].map(([id, vector]) => ({ id, score: cosine(vector, query) })).sort((a, b) => b.score - a.score)
const segmentFiles = () =>
  (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.safetensors'))

describe('a search', () => {
  it.each([undefined, 1, 3])('finds the nearest vectors, with their cosines (threads: %s)', async (threads) => {
    // More rows than are searched on this thread.
    const data = vectors(24_000)
    await using index = await VectorIndex.open(folder, { width, threads })
    const names = ids(24_000)
    await index.add(names, data)
    const entries = new Map(rowsOf(data).map((vector, row) => [names[row]!, vector]))
    for (const query of rowsOf(vectors(5))) {
      const expected = ranked(entries, query).slice(0, 10)
      const { ids: found, scores } = await index.search(query, 10)
      expect(found).toEqual(expected.map(({ id }) => id))
      expected.forEach(({ score }, i) => expect(scores[i]).toBeCloseTo(score, 3))
    }
  })

  it('gives fewer hits than asked for if the index is smaller, and none if it is empty', async () => {
    await using index = await VectorIndex.open(folder, { width })
    expect(await index.search(vectors(1), 3)).toEqual({ ids: [], scores: new Float32Array(0) })
    await index.add(ids(2), vectors(2))
    expect((await index.search(vectors(1), 3)).ids).toHaveLength(2)
  })

  it('agrees with a plain list after any adding, replacing and removing', async () => {
    const step = fc.record({ add: fc.boolean(), from: fc.nat(30), count: fc.integer({ min: 1, max: 12 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        rmSync(folder, { recursive: true, force: true })
        await using index = await VectorIndex.open(folder, { width })
        const list = new Map<string, Float32Array>()
        for (const { add, from, count } of steps) {
          const some = ids(count, from)
          const known = some.filter((id) => list.has(id)).length
          some.forEach((id) => list.delete(id))
          if (!add) {
            expect(await index.remove(some)).toBe(known)
            continue
          }
          const data = vectors(count)
          rowsOf(data).forEach((vector, i) => list.set(some[i]!, vector))
          expect(await index.add(some, data)).toEqual({ added: count, replaced: known })
        }
        expect(index.size).toBe(list.size)
        expect(await index.ids()).toEqual([...list.keys()])
        const [query] = rowsOf(vectors(1))
        const found = await index.search(query!, 50)
        expect(found.ids).toEqual(ranked(list, query!).map(({ id }) => id))
        expect(segmentFiles().length).toBeLessThanOrEqual(6)
      }),
      { numRuns: 30 },
    )
  })

  it('runs while vectors are added, and sees those of other programs', async () => {
    await using index = await VectorIndex.open(folder, { width })
    await using other = await VectorIndex.open(folder, { width })
    const [query] = rowsOf(vectors(1))
    let searching = true
    const searches = (async () => {
      let count = 0
      for (; searching; count++) {
        const { ids: found } = await other.search(query!, 1000)
        expect(new Set(found).size).toBe(found.length)
        expect(found.length % 10).toBe(0)
      }
      return count
    })()
    for (let from = 0; from < 300; from += 10) await index.add(ids(10, from), vectors(10))
    searching = false
    expect(await searches).toBeGreaterThan(0)
    expect((await other.search(query!, 1000)).ids).toHaveLength(300)
    expect(other.size).toBe(300)
  })
})

describe('an index in a folder', () => {
  it('is there when it is opened again', async () => {
    const data = vectors(50)
    const [query] = rowsOf(vectors(1))
    const first = await VectorIndex.open(folder, { width, model: 'cc3m' })
    await first.add(ids(50), data)
    const found = await first.search(query!, 5)
    await first.close()
    await using second = await VectorIndex.open(folder)
    expect([second.width, second.size]).toEqual([width, 50])
    expect(await second.search(query!, 5)).toEqual(found)
  })

  it('takes turns with other writers', async () => {
    const indexes = await Promise.all([1, 2, 3].map(() => VectorIndex.open(folder, { width })))
    await Promise.all(indexes.map((index, i) => index.add(ids(20, 20 * i), vectors(20))))
    expect((await indexes[0]!.ids()).sort()).toEqual(ids(60).sort())
    await Promise.all(indexes.map((index) => index.close()))
  })

  it(
    'has all of an addition or nothing of it, when its writer is killed at any moment',
    { timeout: 120_000 },
    async () => {
      const { uniform } = createRandom(killSeed)
      const script = `
      import { VectorIndex } from './src/search/vectors/vector-index.node.ts'
      const index = await VectorIndex.open(${JSON.stringify(folder)}, { width: ${width} })
      console.log('ready')
      for (let from = index.size; ; from += 40) {
        const ids = Array.from({ length: 40 }, (_, i) => String(from + i))
        await index.add(ids, Float32Array.from({ length: 40 * ${width} }, (_, i) => Math.sin(from * i + i + 1)))
      }`
      let size = 0
      for (let kills = 0; kills < 6; kills++) {
        const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
        await new Promise((resolve) => child.stdout.once('data', resolve))
        await new Promise((resolve) => setTimeout(resolve, 300 * uniform()))
        child.kill('SIGKILL')
        await new Promise((resolve) => child.once('close', resolve))
        await using index = await VectorIndex.open(folder, { width })
        const all = await index.ids()
        expect(all).toEqual(Array.from({ length: all.length }, (_, i) => String(i)))
        expect(all.length % 40).toBe(0)
        expect(all.length).toBeGreaterThanOrEqual(size)
        size = all.length
      }
      // What killed writers left is removed by the next change.
      await using index = await VectorIndex.open(folder, { width })
      await index.remove(['0'])
      const listed = (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { segments: { file: string }[] })
        .segments
      expect(segmentFiles().sort()).toEqual(listed.map(({ file }) => file).sort())
    },
  )

  it('stays as it was when an addition is refused or aborted', async () => {
    await using index = await VectorIndex.open(folder, { width })
    await index.add(ids(3), vectors(3))
    const zero = vectors(2)
    zero.fill(0, width)
    await expect(index.add(ids(2, 3), zero)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/row 1 \('photos\/4\.jpg'\).*not all 0/) as string,
    })
    await expect(index.add(['a', 'a'], vectors(2))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(index.add(ids(2), vectors(3))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(index.add(ids(2, 3), vectors(2), { signal })).rejects.toThrow('enough')
    expect(await index.ids()).toEqual(ids(3))
  })

  it('is refused with another width or model, by name', async () => {
    await using index = await VectorIndex.open(folder, { width, model: 'cc3m' })
    await index.add(ids(1), vectors(1))
    await expect(VectorIndex.open(folder, { width: 512 })).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    await expect(VectorIndex.open(folder, { model: 'merged30m' })).rejects.toThrow(/'merged30m'.*'cc3m'/)
    await expect(VectorIndex.open(`${folder}-new`)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(existsSync(`${folder}-new`)).toBe(false)
  })

  it('says which file is damaged, and searches again once it is restored', async () => {
    const index = await VectorIndex.open(folder, { width })
    await index.add(ids(10), vectors(10))
    await index.close()
    const path = join(folder, segmentFiles()[0]!)
    const bytes = readFileSync(path)
    truncateSync(path, bytes.length - 5)
    const damaged = await VectorIndex.open(folder)
    await expect(damaged.search(vectors(1), 3)).rejects.toMatchObject({
      code: expect.stringMatching(/SAFETENSORS_INVALID|INDEX_INVALID/) as string,
      message: expect.stringContaining(path) as string,
    })
    writeFileSync(path, bytes)
    expect((await damaged.search(vectors(1), 3)).ids).toHaveLength(3)
    await damaged.close()
  })
})
