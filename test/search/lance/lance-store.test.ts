/** The store in LanceDB, with the package in benchmarks/peers. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLanceStore } from '../../../src/search/lance/lance-store.node.ts'
import { hasLance, useLance } from './installed'
import { allRows, describeStore, ids, vectors, width } from '../store-behaviour'

let restore: () => void
beforeAll(() => void (restore = useLance()))
afterAll(() => restore())

describe.runIf(hasLance)('a store in LanceDB', () => {
  const made: string[] = []
  const newFolder = () => made[made.push(mkdtempSync(join(tmpdir(), 'dreamlip-lance-'))) - 1]!
  afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

  describeStore(() => {
    const folder = newFolder()
    return { open: () => openLanceStore(folder, { width }), clean: () => undefined }
  })

  it('is refused with another width or model, by name, and for a table of something else', async () => {
    const folder = newFolder()
    const store = await openLanceStore(folder, { width, model: 'cc3m' })
    await store.close()
    await expect(openLanceStore(folder, { width: 512 })).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    await expect(openLanceStore(folder, { model: 'merged30m' })).rejects.toThrow(/'merged30m'.*'cc3m'/)
    await expect(openLanceStore(folder, { table: 'other' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(openLanceStore('nothing://there', { width })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await using again = await openLanceStore(folder, { model: 'cc3m' })
    expect(again.width).toBe(width)
  })

  it('sees what other programs add', async () => {
    const folder = newFolder()
    await using one = await openLanceStore(folder, { width })
    await using other = await openLanceStore(folder)
    await one.add(ids(5), vectors(5), { fields: { size: new Float64Array(5) } })
    expect((await allRows(other)).ids).toEqual(ids(5))
    expect(await other.vectors(ids(1))).toEqual(await one.vectors(ids(1)))
  })
})

it.skipIf(existsSync('node_modules/@lancedb/lancedb'))('needs a package, and says which', async () => {
  const [, before] = process.argv
  process.argv[1] = resolve('program.js')
  await expect(openLanceStore('folder', { width })).rejects.toMatchObject({
    code: 'MISSING_DEPENDENCY',
    message: expect.stringContaining('npm install @lancedb/lancedb') as string,
  })
  process.argv[1] = before!
})
