/** Reads through kept parts return the file's bytes, regardless of parts kept, torn, removed or refused before. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bufferSource } from '../../../src/bytes/byte-source'
import { keptSource } from '../../../src/bytes/kept/kept-source.browser'
import type { Path, Place } from '../../../src/bytes/kept/place'

const size = 300_000
const file = Uint8Array.from({ length: size }, (_, i) => (i * 7919) >> 5)
const folder = ['model', 'file', 'version']

function fail(problem: string): never {
  throw new Error(problem)
}

/** A place in memory. */
function memory(files = new Map<string, Uint8Array<ArrayBuffer>>(), fails: () => boolean = () => false) {
  const place: Place = {
    names: async (path: Path) => [...files.keys()].filter((name) => name.startsWith(path.join('/'))).map((name) => name.split('/').at(-1)!), // prettier-ignore
    read: async (path) => new Blob([files.get(path.join('/')) ?? fail('no such file')]),
    async write(path, bytes) {
      if (fails()) throw new DOMException('', 'QuotaExceededError')
      files.set(path.join('/'), bytes.slice())
    },
    remove: async (path) => void files.delete(path.join('/')),
  }
  return { files, place }
}

function open(place: Place, warnings: string[] = []) {
  const source = bufferSource(file)
  const keep = { model: 'model', onWarning: (message: string) => warnings.push(message) }
  return { source, kept: keptSource(source, place, folder, keep) }
}

const range = fc
  .tuple(fc.nat(size), fc.nat(size))
  .map(([a, b]) => ({ offset: Math.min(a, b), length: Math.abs(a - b) }))
const blocks = fc.record({ offset: fc.nat(size - 65536), length: fc.constant(65536) })
const ranges = fc.array(fc.oneof(range, blocks), { minLength: 1, maxLength: 12 })

const bytesOf = ({ offset, length }: { offset: number; length: number }) => file.slice(offset, offset + length)

describe('a source whose parts are kept', () => {
  beforeAll(() => {
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota: 1e9, usage: 0 }) } })
  })
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  it('gives the bytes of the file in every order, from arrays of their own, and keeps each byte once', async () => {
    await fc.assert(
      fc.asyncProperty(ranges, async (reads) => {
        const { files, place } = memory()
        const { source, kept } = open(place)
        const opened = await kept
        for (const read of reads) {
          const bytes = await opened.read(read.offset, read.length)
          expect(Buffer.compare(bytes, bytesOf(read))).toBe(0)
          expect(bytes.buffer.byteLength).toBe(read.length)
        }
        await opened.close()
        const held = [...files.values()].reduce((sum, { length }) => sum + length, 0)
        expect(held).toBe(source.bytesRead)
        expect(held).toBeLessThanOrEqual(size)
      }),
    )
  })

  it('reads nothing again on the next visit', async () => {
    await fc.assert(
      fc.asyncProperty(ranges, async (reads) => {
        const { files, place } = memory()
        const first = await open(place).kept
        for (const { offset, length } of reads) await first.read(offset, length)
        await first.close()
        const { source, kept } = open(memory(files).place)
        const second = await kept
        for (const read of reads) {
          expect(Buffer.compare(await second.read(read.offset, read.length), bytesOf(read))).toBe(0)
        }
        expect(source.bytesRead).toBe(0)
        expect(second.bytesRead).toBeGreaterThanOrEqual(Math.max(...reads.map(({ length }) => length)))
      }),
    )
  })

  it('gives the bytes of the file from parts that are torn, missing, or have other names', async () => {
    const damage = fc.constantFrom('torn', 'missing', 'renamed', 'whole')
    await fc.assert(
      fc.asyncProperty(ranges, fc.array(damage, { minLength: 5, maxLength: 5 }), async (reads, damages) => {
        const { files, place } = memory()
        const first = await open(place).kept
        for (const { offset, length } of reads) await first.read(offset, length)
        await first.close()
        const second = await open(place).kept // knows all parts
        for (const [i, [name, bytes]] of [...files].entries()) {
          const what = damages[i % damages.length]
          if (what === 'torn') files.set(name, bytes.slice(1))
          if (what === 'missing' || what === 'renamed') files.delete(name)
          if (what === 'renamed') files.set(`${folder.join('/')}/x${i}-y`, bytes)
        }
        const third = await open(place).kept
        for (const read of reads) {
          for (const source of [second, third]) {
            expect(Buffer.compare(await source.read(read.offset, read.length), bytesOf(read))).toBe(0)
          }
        }
      }),
    )
  })

  it('reads at once what is not written yet', async () => {
    const opened = await open(memory().place).kept
    const reads = [0, 10, 70_000, 5, 200_000].map((offset) => ({ offset, length: 50_000 }))
    const found = await Promise.all(reads.map(({ offset, length }) => opened.read(offset, length)))
    found.forEach((bytes, i) => expect(Buffer.compare(bytes, bytesOf(reads[i]!))).toBe(0))
  })

  it('reads on when a write fails, writes no more, and says so once', async () => {
    let writes = 0
    const { files, place } = memory(undefined, () => ++writes > 1)
    const warnings: string[] = []
    const { source, kept } = open(place, warnings)
    const opened = await kept
    for (const offset of [0, 70_000, 140_000, 210_000, 70_000]) {
      expect(Buffer.compare(await opened.read(offset, 1000), bytesOf({ offset, length: 1000 }))).toBe(0)
    }
    await opened.close()
    expect([writes, files.size]).toEqual([2, 1])
    expect(source.bytesRead).toBeLessThan(size)
    expect(warnings).toEqual([
      expect.stringMatching(/^buffer: the browser cannot keep these weights .*need up to 0.3 MB/),
    ])
  })

  it('survives a warning that throws', async () => {
    const { place } = memory(undefined, () => true)
    const onWarning = () => {
      throw new Error('mine')
    }
    const opened = await keptSource(bufferSource(file), place, folder, { model: 'model', onWarning })
    await opened.read(0, 10)
    expect(Buffer.compare(await opened.read(100_000, 10), bytesOf({ offset: 100_000, length: 10 }))).toBe(0)
    await opened.close()
  })

  it('refuses ranges beyond the end, kept or not', async () => {
    const { place } = memory()
    for (let visit = 0; visit < 2; visit++) {
      const opened = await open(place).kept
      await expect(opened.read(size - 10, 11)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' })
      await opened.read(size - 10, 10)
      await expect(opened.read(-1, 2)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' })
      await opened.close()
    }
  })

  it('stops when it is aborted', async () => {
    const opened = await open(memory().place).kept
    await expect(opened.read(0, 10, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
  })
})
