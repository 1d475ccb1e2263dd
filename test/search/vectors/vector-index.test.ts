import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/random'
import { withLock } from '../../../src/bytes/write/file-lock.node.ts'
import { VectorIndex } from '../../../src/search/vectors/vector-index.node.ts'
import { killSeed } from '../../kill-seed'
import { rowsPerStep, takeStep } from './steps'
import { allRows, describeStore, expectHits, ids, oneVector, rowsOf, vectors, width } from '../store-behaviour'

let folder = ''
beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), 'dreamlip-vectors-')), 'index')))
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const segmentFiles = () =>
  (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.safetensors'))

describe('as a store', () => {
  describeStore(() => ({
    open: () => VectorIndex.open(folder, { width }),
    clean: () => undefined,
  }))
})

describe('a search', () => {
  it.each([undefined, 1, 3])('finds the nearest vectors, with their cosines (threads: %s)', async (threads) => {
    // More rows than are searched on this thread.
    const data = vectors(24_000)
    await using index = await VectorIndex.open(folder, { width, threads })
    const names = ids(24_000)
    await index.add(names, data)
    const entries = new Map(rowsOf(data).map((vector, row) => [names[row]!, vector]))
    for (const query of rowsOf(vectors(5))) expectHits(await index.search(query, 10), entries, query, 10)
    const query = oneVector()
    const some = new Map([...entries].filter(([id]) => id.startsWith('photos/1')))
    expectHits(await index.search(query, 10, { where: { startsWith: 'photos/1' } }), some, query, 10)
  })

  it('runs while vectors are added, and sees those of other programs', async () => {
    await using index = await VectorIndex.open(folder, { width })
    await using other = await VectorIndex.open(folder, { width })
    const query = oneVector()
    let searching = true
    const searches = (async () => {
      let count = 0
      for (; searching; count++) {
        const { ids: found } = await other.search(query, 1000)
        expect(new Set(found).size).toBe(found.length)
        expect(found.length % 10).toBe(0)
      }
      return count
    })()
    for (let from = 0; from < 120; from += 10) await index.add(ids(10, from), vectors(10))
    searching = false
    expect(await searches).toBeGreaterThan(0)
    expect((await other.search(query, 1000)).ids).toHaveLength(120)
    expect(other.size).toBe(120)
  })
})

describe('an index in a folder', () => {
  it('keeps ids that begin with a mark of byte order', async () => {
    await using index = await VectorIndex.open(folder, { width })
    await index.add(['\ufeffmark'], vectors(1), { fields: { hash: ['\ufeff'] } })
    expect(await allRows(index)).toEqual({ ids: ['\ufeffmark'], fields: { hash: ['\ufeff'] } })
    expect((await index.search(oneVector(), 1)).ids).toEqual(['\ufeffmark'])
  })

  it('takes turns with other writers', async () => {
    const indexes = await Promise.all([1, 2, 3].map(() => VectorIndex.open(folder, { width })))
    await Promise.all(indexes.map((index, i) => index.add(ids(20, 20 * i), vectors(20))))
    expect([...(await allRows(indexes[0]!)).ids].sort()).toEqual(ids(60).sort())
    await Promise.all(indexes.map((index) => index.close()))
  })

  // DREAMLIP_VECTOR_KILLS=50 takes a minute.
  const kills = Number(process.env['DREAMLIP_VECTOR_KILLS'] ?? 5)
  it(
    `equals an unbroken run after ${kills} kills at random moments (seed ${killSeed})`,
    { timeout: 60_000 + 10_000 * kills },
    async () => {
      const { uniform } = createRandom(killSeed)
      const script = `
        import { VectorIndex } from './src/search/vectors/vector-index.node.ts'
        import { rowsPerStep, takeStep } from './test/search/vectors/steps.ts'
        const index = await VectorIndex.open(${JSON.stringify(folder)}, { width: ${width} })
        console.log('ready')
        for (let step = index.size / rowsPerStep; ; step++) await takeStep(index, step)`
      let steps = 0
      for (let kill = 0; kill < kills; kill++) {
        const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
        await new Promise((resolve) => child.stdout.once('data', resolve))
        await new Promise((resolve) => setTimeout(resolve, 300 * uniform()))
        child.kill('SIGKILL')
        await new Promise((resolve) => child.once('close', resolve))
        await using index = await VectorIndex.open(folder, { width })
        const { ids: found } = await allRows(index)
        expect(found.length % rowsPerStep).toBe(0)
        expect(found.length / rowsPerStep).toBeGreaterThanOrEqual(steps)
        steps = found.length / rowsPerStep
      }
      await using broken = await VectorIndex.open(folder, { width })
      // The next change removes the remains of killed writers.
      await takeStep(broken, steps)
      const list = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { segments: { file: string }[] }
      expect(segmentFiles().sort()).toEqual(list.segments.map(({ file }) => file).sort())
      await using unbroken = await VectorIndex.open(join(folder, '..', 'unbroken'), { width })
      for (let step = 0; step <= steps; step++) await takeStep(unbroken, step)
      const expected = await allRows(unbroken)
      expect(await allRows(broken)).toEqual(expected)
      expect(await broken.vectors(expected.ids)).toEqual(await unbroken.vectors(expected.ids))
      const query = oneVector()
      expect(await broken.search(query, 50)).toEqual(await unbroken.search(query, 50))
    },
  )

  it('is refused with another width or model, by name', async () => {
    await using index = await VectorIndex.open(folder, { width, model: 'cc3m' })
    await index.add(ids(1), vectors(1))
    await expect(VectorIndex.open(folder, { width: 512 })).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    await expect(VectorIndex.open(folder, { model: 'merged30m' })).rejects.toThrow(/'merged30m'.*'cc3m'/)
    await expect(VectorIndex.open(`${folder}-new`)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(existsSync(`${folder}-new`)).toBe(false)
  })

  it('refuses a second writer if told not to wait', async () => {
    await using index = await VectorIndex.open(folder, { width })
    await index.add(ids(1), vectors(1))
    await using other = await VectorIndex.open(folder, { wait: false })
    const release = await lockedByAnother(join(folder, 'index.lock'))
    await expect(other.add(ids(1, 1), vectors(1))).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringMatching(/process \d+ .* is writing there/) as string,
    })
    const aborting = new AbortController()
    const waiting = index.add(ids(1, 2), vectors(1), { signal: aborting.signal })
    aborting.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await release()
    await other.add(ids(1, 1), vectors(1))
    expect((await allRows(index)).ids).toEqual(ids(2))
  })

  it('stays as it was when the disk is full, and says so', async () => {
    const index = await VectorIndex.open(folder, { width })
    await index.add(ids(20), vectors(20))
    await index.close()
    const script = `
      import { VectorIndex } from './src/search/vectors/vector-index.node.ts'
      const index = await VectorIndex.open(${JSON.stringify(folder)})
      const ids = Array.from({ length: 2000 }, (_, i) => String(i))
      await index.add(ids, new Float32Array(2000 * ${width}).fill(1)).catch((error) => console.log(error.code, error.message))
      console.log(index.size)`
    const node = `exec "$0" --import tsx --input-type=module -e "$1"`
    const child = spawn('bash', ['-c', `trap '' XFSZ; ulimit -f 50; ${node}`, process.execPath, script])
    const output = await text(child.stdout)
    expect(output).toMatch(/^WRITE_FAILED .*could not be written.*free space/)
    expect(output).toMatch(/\n20\n$/)
    await using again = await VectorIndex.open(folder)
    expect((await allRows(again)).ids).toEqual(ids(20))
    expect(segmentFiles()).toHaveLength(1)
  })

  it('says which file is damaged or missing, and searches again once it is restored', async () => {
    const index = await VectorIndex.open(folder, { width })
    await index.add(ids(10), vectors(10))
    await index.close()
    const path = join(folder, segmentFiles()[0]!)
    const bytes = readFileSync(path)
    const damages: readonly (() => void)[] = [
      () => truncateSync(path, bytes.length - 5),
      () => truncateSync(path, 0),
      () =>
        writeFileSync(
          path,
          bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
        ),
      () => rmSync(path),
    ]
    for (const damage of damages) {
      damage()
      await using damaged = await VectorIndex.open(folder)
      await expect(damaged.search(oneVector(), 3)).rejects.toMatchObject({
        code: 'INDEX_INVALID',
        message: expect.stringContaining(path) as string,
      })
      await expect(damaged.add(ids(1), vectors(1))).rejects.toMatchObject({ code: 'INDEX_INVALID' })
      writeFileSync(path, bytes)
      expect((await damaged.search(oneVector(), 3)).ids).toHaveLength(3)
    }
  })
})

/** Holds a lock like a running process. */
async function lockedByAnother(path: string): Promise<() => Promise<void>> {
  let release = () => undefined as void
  const locked = new Promise<void>((resolve) => {
    void withLock(path, undefined, () => {
      resolve()
      return new Promise<void>((done) => (release = done))
    })
  })
  await locked
  return async () => release()
}
