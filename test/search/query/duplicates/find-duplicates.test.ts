import { describe, expect, it } from 'vitest'
import { findDuplicates } from '../../../../src/index'
import { createRandom } from '../../../../src/random'
import { memoryStore } from '../memory-store'

const width = 32

/** Random vectors; those of one family differ only by noise. */
function families(seed: number, sizes: readonly number[], noise: number): Float32Array {
  const random = createRandom(seed)
  const rows = sizes.flatMap((size) => {
    const center = Float32Array.from({ length: width }, () => random.normal())
    return Array.from({ length: size }, () => center.map((value) => value + noise * random.normal()))
  })
  return Float32Array.from(rows.flatMap((row) => [...row]))
}

async function storeOf(vectors: Float32Array, hashes?: readonly string[]) {
  const store = memoryStore(width)
  const ids = Array.from({ length: vectors.length / width }, (_, i) => `${i}.jpg`)
  await store.add(ids, vectors, hashes && { fields: { hash: hashes } })
  return store
}
const pathsOf = (groups: Awaited<ReturnType<typeof findDuplicates>>) =>
  groups.map(({ images }) => images.map(({ path }) => path))

describe('findDuplicates', () => {
  it('finds equal files by their hashes, whatever their vectors', async () => {
    const store = await storeOf(families(1, [1, 1, 1, 1], 0), ['a', 'b', 'a', ''])
    expect(await findDuplicates({ store })).toEqual([
      {
        kind: 'exact',
        images: [
          { path: '0.jpg', score: 1 },
          { path: '2.jpg', score: 1 },
        ],
      },
    ])
  })

  it('finds near pictures, with the copies of each', async () => {
    const store = await storeOf(families(2, [1, 3, 1], 0.05), ['a', 'b', 'c', 'd', 'c'])
    const groups = await findDuplicates({ store })
    expect(groups.map(({ kind }) => kind)).toEqual(['near'])
    expect(pathsOf(groups)).toEqual([['1.jpg', '2.jpg', '4.jpg', '3.jpg']])
    expect(groups[0]!.images.every(({ score }) => score >= 0.97)).toBe(true)
  })

  it('finds all pairs that a comparison of all with all finds, in hundreds of families', async () => {
    const sizes = Array.from({ length: 600 }, (_, i) => 1 + (i % 3))
    const vectors = families(3, sizes, 0.08)
    const store = await storeOf(vectors)
    const found = pathsOf(await findDuplicates({ store }, { threshold: 0.98 }))
    const unit = await store.vectors(Array.from({ length: store.size }, (_, i) => `${i}.jpg`))
    const near = new Set<string>()
    for (let a = 0; a < store.size; a++) {
      for (let b = a + 1; b < store.size; b++) {
        let cosine = 0
        for (let c = 0; c < width; c++) cosine += unit[a * width + c]! * unit[b * width + c]!
        if (cosine >= 0.98) near.add(`${a}.jpg`).add(`${b}.jpg`)
      }
    }
    expect(near.size).toBeGreaterThan(400)
    expect(new Set(found.flat()).size / near.size).toBeGreaterThan(0.99)
    expect(found.flat().length).toBe(new Set(found.flat()).size)
  })

  it('cuts a chain of pictures, each near the next, into groups that are near their first', async () => {
    const steps = 24
    const vectors = new Float32Array(steps * width)
    for (let i = 0; i < steps; i++) vectors.set([Math.cos(i / 8), Math.sin(i / 8)], i * width) // cosine of neighbours 0.992
    const store = await storeOf(vectors)
    const groups = await findDuplicates({ store }, { threshold: 0.97 })
    expect(pathsOf(groups).every((paths) => paths.length === 2)).toBe(true)
    expect(groups.flatMap(({ images }) => images).every(({ score }) => score >= 0.97)).toBe(true)
  })

  it('looks for equal files only with a threshold of 1, and for large groups with `least`', async () => {
    const store = await storeOf(families(4, [4, 2], 0.01), ['a', 'a', 'b', 'c', 'd', 'd'])
    expect(pathsOf(await findDuplicates({ store }, { threshold: 1 }))).toEqual([
      ['0.jpg', '1.jpg'],
      ['4.jpg', '5.jpg'],
    ])
    expect(pathsOf(await findDuplicates({ store }, { least: 3 }))).toEqual([['0.jpg', '1.jpg', '2.jpg', '3.jpg']])
  })

  it('finds none in an empty collection, refuses wrong options and stops when it is told', async () => {
    const store = memoryStore(width)
    expect(await findDuplicates({ store })).toEqual([])
    await expect(findDuplicates({ store }, { threshold: 0.2 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(findDuplicates({ store }, { threshhold: 0.9 } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(findDuplicates({ store }, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })
})
