import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, DreamLIPError } from '../../src/index'
import { embedShards, type EmbedShardsOptions } from '../../src/bulk/embed-shards.node.ts'
import { folderDestination } from '../../src/bulk/destination/folder-destination.node.ts'
import type { Manifest } from '../../src/bulk/output/manifest'
import type { ShardReport } from '../../src/bulk/output/shard-report'
import { pythonHas, runPython } from '../parity/python'
import { picture, tinyModel, writeShard } from './shards'

let [folder, model] = [] as unknown as [string, DreamLIP]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dreamlip-bulk-'))
  model = await DreamLIP.create(tinyModel, { seed: 1 })
  await mkdir(join(folder, 'shards'))
  await Promise.all([0, 1, 2].map((i) => writeShard(join(folder, `shards/${i}.tar`), 5 * i, 5, [7])))
})
afterAll(async () => {
  model.dispose()
  await rm(folder, { recursive: true })
})
const shards = () => join(folder, 'shards/{0..2}.tar')
const embed = (out: string, options: Partial<EmbedShardsOptions> = {}, of = shards()) =>
  embedShards(model, of, { out: join(folder, out), ...options })

async function filesOf(out: string): Promise<Record<string, string>> {
  const names = (await readdir(join(folder, out), { recursive: true })).filter((name) => /\.\w+$/.test(name)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, out, name), 'base64')] as const)),
  )
}
const reportOf = async (out: string, number: number) =>
  JSON.parse(await readFile(join(folder, out, `reports/0000${number}.json`), 'utf8')) as ShardReport
const manifestOf = async (out: string) =>
  JSON.parse(await readFile(join(folder, out, 'manifest.json'), 'utf8')) as Manifest

describe('embedShards', () => {
  it("writes a shard's embeddings and table in clip-retrieval's layout, and a report last", async () => {
    const result = await embed('whole', { dtype: 'float32' })
    expect(result).toEqual({ shards: 3, skipped: 0, failed: [], samples: 15, embedded: 14, reasons: { image: 1 } })
    expect(Object.keys(await filesOf('whole'))).toEqual(
      [0, 1, 2]
        .map((i) => `img_emb/img_emb_0000${i}.npy`)
        .concat('manifest.json')
        .concat([0, 1, 2].map((i) => `metadata/metadata_0000${i}.parquet`))
        .concat([0, 1, 2].map((i) => `reports/0000${i}.json`))
        .concat('settings.json')
        .concat([0, 1, 2].map((i) => `text_emb/text_emb_0000${i}.npy`)),
    )
    const table = await readFile(join(folder, 'whole/metadata/metadata_00001.parquet'))
    const rows = await parquetReadObjects({
      file: table.buffer.slice(table.byteOffset, table.byteOffset + table.length),
    })
    expect(rows.map(({ image_path, caption }) => [image_path, caption])).toEqual(
      [5, 6, 8, 9].map((number) => [expect.stringContaining(`00000${number}`), `picture number ${number}`]),
    )
    const report = await reportOf('whole', 1)
    expect(report.leftOut).toEqual([
      { sample: expect.stringContaining('000007'), reason: 'image', message: expect.any(String) },
    ])
  })

  it('embeds as the model does', async () => {
    const npy = await readFile(join(folder, 'whole/text_emb/text_emb_00002.npy'))
    const values = new Float32Array(
      npy.buffer.slice(npy.byteOffset + npy.length - 5 * 8 * 4, npy.byteOffset + npy.length),
    )
    const { data } = await model.encodeText([10, 11, 12, 13, 14].map((number) => `picture number ${number}`))
    expect(values).toEqual(data)
  })

  it('gives the same bytes on two machines that share the work, in any order', async () => {
    await embed('one', {})
    await embed('two', { partition: { index: 1, count: 2 } })
    expect(Object.keys(await filesOf('two'))).toHaveLength(5)
    await embed('two', { partition: { index: 0, count: 2 } })
    expect(await filesOf('two')).toEqual(await filesOf('one'))
  })

  it('skips what is there and whole, and embeds again what is torn, missing or half-reported', async () => {
    await embed('torn', {})
    const whole = await filesOf('torn')
    await truncate(join(folder, 'torn/img_emb/img_emb_00000.npy'), 100)
    await rm(join(folder, 'torn/metadata/metadata_00001.parquet'))
    await writeFile(join(folder, 'torn/reports/00002.json'), '{"samples":')
    expect(await embed('torn', {})).toMatchObject({ shards: 3, skipped: 0, samples: 15 })
    expect(await filesOf('torn')).toEqual(whole)
    expect(await embed('torn', {})).toMatchObject({ skipped: 3, samples: 15, embedded: 14 })
  })

  it.each([[''], ['a\0b'], [{}], [null], [7]])('refuses the output %j', async (out) => {
    await expect(embedShards(model, shards(), { out: out as string })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('refuses an output of another model, of other shards, or with other settings', async () => {
    await embed('mine', {})
    using other = await DreamLIP.create(tinyModel, { seed: 2 })
    const refused = { code: 'OUTPUT_MISMATCH' }
    await expect(embedShards(other, shards(), { out: join(folder, 'mine') })).rejects.toMatchObject(refused)
    await expect(embed('mine', { dtype: 'float32' })).rejects.toMatchObject(refused)
    await expect(embed('mine', {}, join(folder, 'shards/{1..2}.tar'))).rejects.toMatchObject(refused)
    const second = { index: 1, count: 2 }
    await embed('half', { partition: { index: 0, count: 2 } })
    await expect(embedShards(other, shards(), { out: join(folder, 'half'), partition: second })).rejects.toMatchObject(
      refused,
    )
  })

  it('names shards that cannot be read, goes on with the others, and tries them again next time', async () => {
    await writeFile(join(folder, 'shards/broken.tar'), Buffer.alloc(2000, 7))
    const list = `${join(folder, 'shards')}/{0,broken,missing,1}.tar`
    const first = await embed('some', {}, list)
    expect(first).toMatchObject({ shards: 4, samples: 11, embedded: 9, reasons: { image: 1, tar: 1 } })
    expect(first.failed).toMatchObject([{ shard: join(folder, 'shards/missing.tar'), code: 'SOURCE_UNREADABLE' }])
    await writeShard(join(folder, 'shards/missing.tar'), 20, 2)
    const failed = [{ number: 2, shard: join(folder, 'shards/missing.tar'), code: 'SOURCE_UNREADABLE' }]
    expect(await manifestOf('some')).toMatchObject({ shards: 4, samples: 11, reasons: { image: 1, tar: 1 }, failed })
    expect(await embed('some', {}, list)).toMatchObject({ skipped: 3, samples: 13, embedded: 11, failed: [] })
    expect(await manifestOf('some')).toMatchObject({ shards: 4, samples: 13, embedded: 11, failed: [] })
  })

  it('sums up the reports in a manifest when every shard has one', async () => {
    const [model, settings] = [expect.any(String), { dtype: 'float16', batchSize: 32 }]
    const counts = { shards: 3, samples: 15, embedded: 14, reasons: { image: 1 }, failed: [] }
    await embed('parts', { partition: { index: 0, count: 2 } })
    expect(await readdir(join(folder, 'parts'))).not.toContain('manifest.json')
    await embed('parts', { partition: { index: 1, count: 2 } })
    expect(await manifestOf('parts')).toMatchObject({ model, settings, versions: [{ device: 'cpu' }], ...counts })
  })

  it('embeds a file once that the list names twice, and counts a sample that a shard has twice', async () => {
    const [zero, one] = [join(folder, 'shards/0.tar'), join(folder, 'shards/1.tar')]
    const twice = await embed('twice', {}, `${zero}::${one}::${join(folder, 'shards')}/../shards/0.tar`)
    expect(twice).toMatchObject({ shards: 2, samples: 10 })
    const bytes = await readFile(zero)
    await writeFile(join(folder, 'repeats.tar'), Buffer.concat([bytes.subarray(0, bytes.length - 1024), bytes]))
    const repeats = await embed('repeats', {}, join(folder, 'repeats.tar'))
    expect(repeats).toMatchObject({ samples: 10, embedded: 5, reasons: { repeated: 5 } })
    const rows = ['a.png,one', 'a.png,one', 'a.png,another'].join('\n')
    await writeFile(join(folder, 'repeats.csv'), `image,caption\n${rows}`)
    await writeFile(join(folder, 'a.png'), await picture(1))
    const table = await embed('repeats-table', {}, join(folder, 'repeats.csv'))
    expect(table).toMatchObject({ samples: 3, embedded: 2, reasons: { repeated: 1 } })
  })

  it('reports a shard that is empty', async () => {
    await writeFile(join(folder, 'shards/empty.tar'), '')
    await writeFile(join(folder, 'shards/zeros.tar'), Buffer.alloc(10240))
    const result = await embed('empty', {}, join(folder, 'shards/{empty,0,zeros}.tar'))
    expect(result).toMatchObject({ shards: 3, samples: 5, embedded: 5 })
    expect(await manifestOf('empty')).toMatchObject({ shards: 3, embedded: 5 })
  })

  it('does not call a shard unreadable because its output is', async () => {
    const out = folderDestination(join(folder, 'silent'))
    const silent = { ...out, read: () => Promise.reject(new DreamLIPError('SOURCE_UNREADABLE', 'the store is silent')) }
    await expect(embedShards(model, shards(), { out: silent })).rejects.toThrow('the store is silent')
  })

  it('stops between shards and inside them when it is aborted, and goes on later', async () => {
    const stop = new AbortController()
    const running = embed('stopped', { signal: stop.signal, onShard: () => stop.abort(new Error('enough')) })
    await expect(running).rejects.toThrow('enough')
    expect(await embed('stopped', {})).toMatchObject({ shards: 3, skipped: 1 })
    expect(await filesOf('stopped')).toEqual(await filesOf('one'))
  })

  it('divides a table into shards, and a shard without usable samples has a report and no files', async () => {
    await mkdir(join(folder, 'table'))
    const rows = await Promise.all(
      [0, 1, 2, 3, 4].map(async (number) => {
        if (number < 4) await writeFile(join(folder, `table/${number}.png`), await picture(number))
        return `${number}.png,picture ${number}`
      }),
    )
    await writeFile(join(folder, 'table/list.csv'), ['image,caption', ...rows].join('\n'))
    const result = await embed('table-out', { rowsPerShard: 2 }, join(folder, 'table/list.csv'))
    expect(result).toMatchObject({ shards: 3, samples: 5, embedded: 4, reasons: { image: 1 } })
    expect(await reportOf('table-out', 2)).toMatchObject({ samples: 1, embedded: 0, files: {} })
  })

  it('embeds pictures without captions, if captions are not to be embedded', async () => {
    const bare = join(folder, 'bare')
    await mkdir(bare)
    for (const number of [0, 1]) await writeFile(join(bare, `${number}.png`), await picture(number))
    await writeFile(join(bare, '1.json'), JSON.stringify({ width: 16 }))
    await writeFile(join(folder, 'bare.csv'), 'path\nbare/0.png\nbare/1.png\n')
    await writeFile(join(folder, 'headless.csv'), 'bare/0.png\nbare/1.png\n')
    await writeFile(join(folder, 'bare.jsonl'), [0, 1].map((i) => JSON.stringify({ path: `bare/${i}.png` })).join('\n'))
    const archive = await readFile(join(folder, 'shards/0.tar'))
    const isCaption = (at: number) => archive.toString('latin1', at, at + 10).endsWith('.txt')
    const blocks = Array.from({ length: archive.length / 512 }, (_, i) => 512 * i)
    const kept = blocks.filter((at) => !isCaption(at) && !(at > 0 && isCaption(at - 512)))
    await writeFile(join(folder, 'bare.tar'), Buffer.concat(kept.map((at) => archive.subarray(at, at + 512))))

    for (const [source, count] of Object.entries({
      bare: 2,
      'bare.csv': 2,
      'headless.csv': 2,
      'bare.jsonl': 2,
      'bare.tar': 5,
    })) {
      const result = await embed(`of-${source}`, { texts: false }, join(folder, source))
      expect(result, source).toMatchObject({ samples: count, embedded: count, reasons: {}, failed: [] })
    }
    expect(await embed('needed', {}, join(folder, 'bare.tar'))).toMatchObject({ shards: 1, embedded: 0 })
    await expect(embed('needed-too', {}, bare)).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })

  it.skipIf(!pythonHas('numpy', 'pyarrow'))('is read by NumPy and pyarrow, row for row', async () => {
    const script = `
import sys, glob, json, numpy as np, pyarrow.parquet as pq
out = sys.argv[1]
read = lambda kind: np.concatenate([np.load(f) for f in sorted(glob.glob(f'{out}/{kind}_emb/*.npy'))])
images, texts = read('img'), read('text')
table = [row for f in sorted(glob.glob(f'{out}/metadata/*.parquet')) for row in pq.read_table(f).to_pylist()]
print(json.dumps([images.dtype.name, images.shape, texts.shape, float(np.linalg.norm(images[3].astype('f4'))), [r['caption'] for r in table]]))`
    const [dtype, images, texts, norm, captions] = JSON.parse(runPython(script, [join(folder, 'one')])) as unknown[]
    expect([dtype, images, texts]).toEqual(['float16', [14, 8], [14, 8]])
    expect(norm).toBeCloseTo(1, 3)
    expect(captions).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14].map((number) => `picture number ${number}`),
    )
  })
})
