/** LanceDB tables from the output of `embedShards`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { embedShards } from '../../../src/bulk/embed-shards.node.ts'
import {
  addEmbeddingsToLance,
  DreamLIP,
  findServer,
  ImageIndex,
  openLanceStore,
  serveIndex,
} from '../../../src/index.node.ts'
import { plainHTTP } from '../../../src/search/lance/open-table.node.ts'
import { hasMoto, startMoto } from '../../bulk/moto'
import { picture, tinyModel, writeShard } from '../../bulk/shards'
import { runJson } from '../../cli/command'
import { allRows } from '../store-behaviour'
import { hasLance, lanceEnvironment, useLance } from './installed'

let [folder, embeddings, model, restore] = [] as unknown as [string, string, DreamLIP, () => void]
beforeAll(async () => {
  restore = useLance()
  folder = await mkdtemp(join(tmpdir(), 'dreamlip-to-lance-'))
  model = await DreamLIP.create(tinyModel, { seed: 1 })
  for (let i = 0; i < 4; i++) await writeShard(join(folder, `${i}.tar`), 10 * i, 6, [10 * i + 2])
  embeddings = join(folder, 'embeddings')
  await embedShards(model, join(folder, '{0..2}.tar'), { out: embeddings })
})
afterAll(async () => {
  restore()
  model.dispose()
  await rm(folder, { recursive: true })
})

/** The rows and vectors of a table, in order. */
async function contentsOf(uri: string, options = {}) {
  await using store = await openLanceStore(uri, options)
  const { ids, fields } = await allRows(store)
  return { ids, fields, vectors: await store.vectors(ids) }
}

describe.runIf(hasLance)('addEmbeddingsToLance', () => {
  it('makes a table with paths, captions and shards; shards that are in it are not added again, new ones are', async () => {
    const [own, table] = [join(folder, 'grown'), join(folder, 'grown.lance')]
    await embedShards(model, join(folder, '{0..1}.tar'), { out: own })
    const first = await addEmbeddingsToLance(own, table)
    expect(first).toEqual({ shards: 2, skipped: 0, added: 10, size: 10, index: { type: 'none', rows: 0 } })
    expect(await addEmbeddingsToLance(own, table)).toMatchObject({ shards: 0, skipped: 2, added: 0, size: 10 })
    expect(await addEmbeddingsToLance(embeddings, table)).toMatchObject({ shards: 1, skipped: 2, added: 5, size: 15 })
    const { ids, fields } = await contentsOf(table)
    const expected = [0, 1, 2].flatMap((shard) =>
      [0, 1, 3, 4, 5].map((i) => ({
        id: join(folder, `${shard}.tar`, String(10 * shard + i).padStart(6, '0')),
        caption: `picture number ${10 * shard + i}`,
        shard: join(folder, `${shard}.tar`),
      })),
    )
    expect(ids.map((id, i) => ({ id, caption: fields.caption![i], shard: fields.shard![i] }))).toEqual(expected)
  })

  it.each(['float32', 'float16'] as const)(
    'with %s, finds what an index of the same embeddings finds',
    async (dtype) => {
      const table = join(folder, `${dtype}.lance`)
      await addEmbeddingsToLance(embeddings, table, { dtype })
      await using ours = await ImageIndex.open(join(folder, `${dtype}.index`), { model })
      await ours.addEmbeddings(embeddings)
      await using theirs = await ImageIndex.open(`lance:${table}`, { model })
      expect(theirs.size).toBe(15)
      for (const query of ['A dog runs. The sun sets.', '"a red bus" - "a beach"', { image: await picture(13) }]) {
        const [one, other] = [await ours.search(query, { topK: 15 }), await theirs.search(query, { topK: 15 })]
        const scoreOf = new Map(one.hits.map(({ path, score }) => [path, score]))
        // Float16 may swap pictures with equal scores.
        if (dtype === 'float32') expect(other.hits.map(({ path }) => path)).toEqual(one.hits.map(({ path }) => path))
        other.hits.forEach(({ path, score }, i) => {
          expect(score).toBeCloseTo(one.hits[i]!.score, 1)
          expect(score).toBeCloseTo(scoreOf.get(path)!, 1)
        })
        expect(other.fits).toBe(one.fits)
      }
      const [best] = await theirs.similar(await picture(13), { topK: 1 })
      expect(best).toMatchObject({ path: join(folder, '1.tar/000013'), caption: 'picture number 13' })
      expect(best!.score).toBeGreaterThan(0.999)
    },
  )

  it('refuses embeddings of another model, and to search with another model', async () => {
    const table = join(folder, 'one-model.lance')
    await addEmbeddingsToLance(embeddings, table)
    using other = await DreamLIP.create(tinyModel, { seed: 2 })
    const foreign = join(folder, 'foreign')
    await embedShards(other, join(folder, '3.tar'), { out: foreign })
    await expect(addEmbeddingsToLance(foreign, table)).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    await expect(ImageIndex.open(`lance:${table}`, { model: other })).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    expect((await contentsOf(table)).ids).toHaveLength(15)
  })

  it('is the same table after the process was killed between two steps', async () => {
    const [whole, killed] = [join(folder, 'whole.lance'), join(folder, 'killed.lance')]
    await addEmbeddingsToLance(embeddings, whole)
    const program = ['--import', 'tsx', 'test/search/lance/add-and-be-killed.ts', embeddings, killed]
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'inherit'] })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    expect((await contentsOf(killed)).ids).toHaveLength(5)
    expect(await addEmbeddingsToLance(embeddings, killed)).toMatchObject({ shards: 2, skipped: 1, added: 10 })
    expect(await contentsOf(killed)).toEqual(await contentsOf(whole))
  })

  it('refuses a second program on this machine that adds to the same table', async () => {
    const table = join(folder, 'busy.lance')
    await using one = await openLanceStore(table, { width: model.config.embedDim })
    await using other = await openLanceStore(table)
    const outcomes = await Promise.allSettled([one.addEmbeddings(embeddings), other.addEmbeddings(embeddings)])
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'IN_USE' } }])
    expect((await contentsOf(table)).ids).toHaveLength(15)
  })

  it('takes pictures, too, beside those from embeddings, and is served under its place', async () => {
    const [table, file] = [join(folder, 'mixed.lance'), join(folder, 'one.png')]
    await addEmbeddingsToLance(embeddings, table)
    await writeFile(file, await picture(99))
    await using index = await ImageIndex.open(`lance:${table}`, { model })
    expect(await index.add(file)).toMatchObject({ embedded: 1 })
    const [best] = await index.similar(await picture(99), { topK: 1 })
    expect([index.size, best!.path]).toEqual([16, file])
    expect(await addEmbeddingsToLance(embeddings, table)).toMatchObject({ skipped: 3, added: 0, size: 16 })
    await using server = await serveIndex(index, { port: 0 })
    const found = await findServer(`lance:${table}`)
    expect(found!.url).toBe(server.url)
    const paths = async (searched: Pick<ImageIndex, 'search'>) =>
      (await searched.search('A dog runs.', { topK: 5 })).hits.map(({ path }) => path)
    expect(await paths(found!)).toEqual(await paths(index))
  })

  it('is a command: index, and search without the pictures', async () => {
    const table = `lance:${join(folder, 'command.lance')}`
    const options = { env: lanceEnvironment }
    const output = join(folder, 'emoji')
    const small = await DreamLIP.load()
    await embedShards(small, join(folder, '{0..1}.tar'), { out: output })
    small.dispose()
    const made = await runJson<object>(['index', '--from-embeddings', output, '--into', table], options)
    expect(made).toMatchObject({ code: 0, document: { table, shards: 2, added: 10, size: 10 } })
    const found = await runJson<{ hits: object[] }>(
      ['search', 'a dog', '--in', table, '-k', '3', '--probes', '5'],
      options,
    )
    expect(found.document.hits).toHaveLength(3)
    const none = await runJson<{ error: object }>(['search', 'a dog', '--in', `${table}-2`], options)
    expect(none).toMatchObject({ code: 1, document: { error: { code: 'SOURCE_UNREADABLE' } } })
  }, 180_000)
})

describe.runIf(hasLance && hasMoto)('addEmbeddingsToLance in S3', () => {
  const names = ['AWS_ENDPOINT_URL', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
  let [before, stop] = [{}, () => undefined] as [Record<string, string | undefined>, () => void]
  beforeEach(async () => {
    const { endpoint, stop: end } = await startMoto()
    stop = end
    before = Object.fromEntries(names.map((name) => [name, process.env[name]]))
    const values = [endpoint, 'us-east-1', 'test', 'test']
    names.forEach((name, i) => (process.env[name] = values[i]))
    const client = new S3Client({ forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: 'photos' }))
    client.destroy()
  })
  afterEach(() => {
    stop()
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })

  it('reads embeddings from a bucket and makes the table beside them, as in a folder', async () => {
    await embedShards(model, join(folder, '{0..2}.tar'), { out: 's3://photos/embeddings' })
    const table = 's3://photos/search.lance'
    expect(await addEmbeddingsToLance('s3://photos/embeddings', table)).toMatchObject({ shards: 3, added: 15 })
    expect(await addEmbeddingsToLance('s3://photos/embeddings', table)).toMatchObject({ skipped: 3, size: 15 })
    const local = join(folder, 'like-s3.lance')
    await addEmbeddingsToLance(embeddings, local)
    expect(await contentsOf(table)).toEqual(await contentsOf(local))
    await using index = await ImageIndex.open(`lance:${table}`, { model })
    const [best] = await index.similar(await picture(21), { topK: 1 })
    expect(best).toMatchObject({ path: join(folder, '2.tar/000021') })
  })
})

it('lets LanceDB talk to a store without encryption only if its address says so', () => {
  expect(plainHTTP({}, { AWS_ENDPOINT_URL: 'http://minio:9000' })).toEqual({ allow_http: 'true' })
  expect(plainHTTP({ endpoint: 'http://minio:9000' }, {})).toEqual({ allow_http: 'true' })
  expect(plainHTTP({ endpoint: 'https://minio' }, { AWS_ENDPOINT_URL: 'http://minio:9000' })).toEqual({})
  expect(plainHTTP(undefined, {})).toEqual({})
})
