import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embedShards } from '../../../src/bulk/embed-shards.node.ts'
import { DreamLIP, ImageIndex } from '../../../src/index.node.ts'
import { picture, tinyModel, writeShard } from '../../bulk/shards'

let [folder, model] = [] as unknown as [string, DreamLIP]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dreamlip-fed-'))
  model = await DreamLIP.create(tinyModel, { seed: 1 })
  await writeShard(join(folder, '0.tar'), 0, 6, [2])
  await writeShard(join(folder, '1.tar'), 0, 4) // the same names as in the other shard
  await embedShards(model, join(folder, '{0..1}.tar'), { out: join(folder, 'embedded') })
})
afterAll(async () => {
  model.dispose()
  await rm(folder, { recursive: true })
})

describe('index.addEmbeddings', () => {
  it('makes what was embedded searchable, under the names of shards and samples, once however often it is added', async () => {
    await using index = await ImageIndex.open(join(folder, 'fed.index'), { model })
    expect(await index.addEmbeddings(join(folder, 'embedded'))).toEqual({ shards: 2, added: 9, replaced: 0 })
    expect(await index.addEmbeddings(join(folder, 'embedded'))).toEqual({ shards: 2, added: 9, replaced: 9 })
    expect(index.size).toBe(9)
    const [similar] = await index.similar(await picture(4), { topK: 1 })
    expect(similar).toMatchObject({ path: join(folder, '0.tar/000004') })
    expect(similar!.score).toBeGreaterThan(0.9999)
  })

  it('refuses embeddings of another model, and a folder without any', async () => {
    using other = await DreamLIP.create(tinyModel, { seed: 2 })
    await using index = await ImageIndex.open(join(folder, 'other.index'), { model: other })
    await expect(index.addEmbeddings(join(folder, 'embedded'))).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    await expect(index.addEmbeddings(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('names a file that is missing or damaged', async () => {
    await embedShards(model, join(folder, '0.tar'), { out: join(folder, 'torn') })
    await using index = await ImageIndex.open(join(folder, 'torn.index'), { model })
    const file = join(folder, 'torn/img_emb/img_emb_00000.npy')
    await writeFile(file, (await readFile(file)).subarray(0, 150))
    await expect(index.addEmbeddings(join(folder, 'torn'))).rejects.toMatchObject({ code: 'NPY_INVALID' })
    await rm(file)
    await expect(index.addEmbeddings(join(folder, 'torn'))).rejects.toThrow(/expected img_emb\/img_emb_00000.npy/)
    expect(index.size).toBe(0)
  })
})
