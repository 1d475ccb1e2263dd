import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchVectorIndex } from '../../../src/search/vectors/fetch-vector-index'
import { VectorIndex } from '../../../src/search/vectors/vector-index.node.ts'
import { serveFiles, type FileServer } from '../../browser/file-server'
import { allRows, ids, oneVector, vectors, width } from '../store-behaviour'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-fetched-'))
let server: FileServer
let index: VectorIndex
beforeAll(async () => {
  index = await VectorIndex.open(join(folder, 'site'), { width, model: 'cc3m' })
  const fields = { size: Float64Array.from({ length: 500 }, (_, i) => i), hash: ids(500) }
  await index.add(ids(500), vectors(500), { fields })
  await index.add(ids(20, 600), vectors(20))
  await index.remove(ids(5))
  server = await serveFiles({ index: join(folder, 'site') })
})
afterAll(async () => {
  await index.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('an index that is fetched', () => {
  it('answers as the index in the folder does', async () => {
    const progress: { done: number; total: number }[] = []
    const options = {
      model: 'cc3m',
      onProgress: ({ done, total }: { done: number; total: number }) => progress.push({ done, total }),
    }
    await using fetched = await fetchVectorIndex(`${server.url}/index`, options)
    expect([fetched.width, fetched.size]).toEqual([width, 515])
    expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total)
    const query = oneVector()
    const where = { startsWith: 'photos/1', between: { size: [100, 180] as const } }
    expect(await fetched.search(query, 20)).toEqual(await index.search(query, 20))
    expect(await fetched.search(query, 20, { where })).toEqual(await index.search(query, 20, { where }))
    expect(await fetched.vectors(['photos/7.jpg', 'photos/0.jpg'])).toEqual(
      await index.vectors(['photos/7.jpg', 'photos/0.jpg']),
    )
    expect(await fetched.fields(ids(3, 100))).toEqual(await index.fields(ids(3, 100)))
    expect(await fetched.sample(9, { seed: 2 })).toEqual(await index.sample(9, { seed: 2 }))
    expect(await allRows(fetched)).toEqual(await allRows(index))
    // Later searches need no server.
    const before = server.requests.length
    await fetched.search(query, 3)
    expect(server.requests).toHaveLength(before)
  })

  it('is found by a URL with a query', async () => {
    await using fetched = await fetchVectorIndex(new URL(`${server.url}/index/?signature=abc`))
    expect(fetched.size).toBe(515)
  })

  it('is refused with another model, if it is not there or damaged, and after close', async () => {
    await expect(fetchVectorIndex(`${server.url}/index`, { model: 'other' })).rejects.toMatchObject({
      code: 'INDEX_MISMATCH',
    })
    await expect(fetchVectorIndex(`${server.url}/nothing`)).rejects.toMatchObject({ code: 'HTTP_STATUS' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(fetchVectorIndex(`${server.url}/index`, { signal })).rejects.toThrow('enough')
    const fetched = await fetchVectorIndex(`${server.url}/index`)
    await fetched.close()
    await expect(fetched.search(oneVector(), 1)).rejects.toMatchObject({ code: 'DISPOSED' })
    const [segment] = readdirSync(join(folder, 'site')).filter((name) => name.endsWith('.safetensors'))
    const other = await serveFiles({ index: join(folder, 'site') })
    writeFileSync(join(folder, 'site', segment!), 'torn')
    await expect(fetchVectorIndex(`${other.url}/index`)).rejects.toMatchObject({ code: 'INDEX_INVALID' })
    await other.close()
  })
})
