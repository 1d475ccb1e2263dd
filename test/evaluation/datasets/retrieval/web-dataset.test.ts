import { describe, expect, it } from 'vitest'
import { pack } from 'tar-stream'
import { readCaptionShards } from '../../../../src/evaluation/datasets/retrieval/web-dataset.node.ts'
import { imageFile, writeDataSet } from '../files'

async function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, Buffer.from(content))
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('shards with captions', () => {
  it('gives a caption per line, images that stay in their shard, and the names of what is missing or damaged', async () => {
    const shard = await tarOf({
      's0.webp': imageFile,
      's0.txt': 'A dog.\nA brown dog.',
      's1.txt': 'Lost.',
      's2.jpg': imageFile,
    })
    const cut = await tarOf({
      's3.jpg': imageFile,
      's3.txt': 'A cat.',
      // A sample next to the damage is lost too, because some of its files may be missing.
      's4.jpg': imageFile,
      's4.txt': 'A bird.',
      's5.jpg': new Uint8Array(2000),
    })
    const folder = writeDataSet({
      'test/nshards.txt': '3\n',
      'test/0.tar': shard,
      'test/1.tar': cut.subarray(0, 4500),
    })
    const set = await readCaptionShards(folder)
    expect(set).toMatchObject({ task: 'retrieval', split: 'test', isLong: false })
    expect(set.samples.map(({ id, captions }) => [id, ...captions])).toEqual([
      ['test/0.tar/s0', 'A dog.', 'A brown dog.'],
      ['test/0.tar/s2'],
      ['test/1.tar/s3', 'A cat.'],
    ])
    expect(new Uint8Array(await (set.samples[0]!.image as Blob).arrayBuffer())).toEqual(imageFile)
    expect(set.problems.map(({ item, reason }) => [item, reason])).toEqual([
      ['test/0.tar/s1', 'image-missing'],
      ['test/0.tar/s2', 'captions-missing'],
      ['test/1.tar', 'shard-damaged'],
      ['test/2.tar', 'shard-missing'],
    ])
  })

  it('refuses a folder without shards', async () => {
    await expect(readCaptionShards(writeDataSet({ 'a.txt': 'x' }))).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })
})
