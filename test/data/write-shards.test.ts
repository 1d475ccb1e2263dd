/** Folders of shards after an interruption or a change. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { truncateSync, writeFileSync } from 'node:fs'
import { buffer, text as textContent } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extract, pack } from 'tar-stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LongCaptionDataset } from '../../src/data/dataset.node.ts'
import type { CaptionRecord } from '../../src/data/record'
import type { TextFile } from '../../src/data/sharding/text-file'
import { writeShards } from '../../src/data/write-shards.node.ts'
import { pythonHas, runPython } from '../parity/python'
import { collect } from './collect'

let folder: string
let image: Uint8Array
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  image = new Uint8Array(readFileSync('test/fixtures/data/layouts/images/0.png'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const record = (i: number): CaptionRecord => ({
  key: `photo ${i}`,
  image,
  raw: `number ${i}`,
  captions: { other: `It is ${i}. It stands there.` },
})
const dataOf = (count: number) => LongCaptionDataset.of(Array.from({ length: count }, (_, i) => record(i)))
const convert = (count = 12, samplesPerShard = 3, more = {}) =>
  writeShards(dataOf(count), shards, { samplesPerShard, ...more })

let shards: string
let number = 0
const path = (name: string) => join(shards, name)
const tars = () => readdirSync(shards).filter((name) => name.endsWith('.tar'))
const bytes = () => tars().map((name) => readFileSync(path(name)).toString('base64'))
const sizes = () => JSON.parse(readFileSync(path('sizes.json'), 'utf8')) as Record<string, number>
const fourOfThree = { '000000.tar': 3, '000001.tar': 3, '000002.tar': 3, '000003.tar': 3 }

let whole: string[]
beforeEach(async () => {
  shards = join(folder, String(number++))
  await convert()
  whole = bytes()
})

describe('writeShards', () => {
  it('writes the same archives as tar-stream, sizes.json and the manifest, and nothing else', async () => {
    const archive = pack()
    for (const i of [3, 4, 5]) {
      const json = { key: `photo ${i}`, raw_caption: `number ${i}`, other_captions: `It is ${i}. It stands there.` }
      archive.entry({ name: `00000000${i}.png`, mtime: new Date(0) }, Buffer.from(image))
      archive.entry({ name: `00000000${i}.json`, mtime: new Date(0) }, JSON.stringify(json))
    }
    archive.finalize()
    expect(readFileSync(path('000001.tar')).equals(await buffer(archive))).toBe(true)
    expect(readdirSync(shards)).toEqual([...Object.keys(fourOfThree), 'dreamlip-shards.json', 'sizes.json'])
    expect(sizes()).toEqual(fourOfThree)
  })

  it('keeps complete shards', async () => {
    const dates = tars().map((name) => statSync(path(name)).mtimeMs)
    expect(await convert()).toMatchObject({ kept: 4, sizes: fourOfThree })
    expect(tars().map((name) => statSync(path(name)).mtimeMs)).toEqual(dates)
  })

  it.each<[string, () => void]>([
    ['deleted', () => rmSync(path('000001.tar'))],
    ['cut short', () => truncateSync(path('000001.tar'), 1000)],
    ['emptied', () => truncateSync(path('000001.tar'), 0)],
    ['overwritten in the middle', () => overwrite('000001.tar', 700)],
    ['replaced by a copy of another', () => copyFileSync(path('000000.tar'), path('000001.tar'))],
  ])('writes a shard again that was %s', async (_, damage) => {
    damage()
    expect(await convert()).toMatchObject({ kept: 3, sizes: fourOfThree })
    expect(bytes()).toEqual(whole)
  })

  it.each<[string, string | undefined]>([
    ['is missing', undefined],
    ['is torn', '{"000000.tar": 3, "0000'],
    ['is hostile', '{"__proto__": {"000004.tar": 1}, "000000.tar": -1, "../x.tar": 3}'],
    ['names shards that are not there', '{"000000.tar":3,"000001.tar":3,"000002.tar":3,"000007.tar":99}'],
  ])('writes sizes.json anew when it %s, and keeps the shards', async (_, text) => {
    if (text === undefined) rmSync(path('sizes.json'))
    else writeFileSync(path('sizes.json'), text)
    expect(await convert()).toMatchObject({ kept: 4 })
    expect(sizes()).toEqual(fourOfThree)
  })

  it.each<[string, string | undefined]>([
    ['is missing', undefined],
    ['is torn', '{"samplesPerShard": 3, "samp'],
    ['is hostile', '{"samplesPerShard":3,"samples":12,"data":"x","shards":{"000000.tar":{"samples":"many"}}}'],
  ])('compares the shards with the data when the manifest %s', async (_, text) => {
    if (text === undefined) rmSync(path('dreamlip-shards.json'))
    else writeFileSync(path('dreamlip-shards.json'), text)
    truncateSync(path('000002.tar'), 2048)
    expect(await convert()).toMatchObject({ kept: 3, sizes: fourOfThree })
    expect(bytes()).toEqual(whole)
  })

  it.each([-1, 1.5, '3'])(
    'compares the shards with the data when the manifest counts %j samples in a shard',
    async (samples) => {
      const manifest = JSON.parse(readFileSync(path('dreamlip-shards.json'), 'utf8')) as {
        shards: Record<string, { samples: unknown }>
      }
      manifest.shards['000001.tar']!.samples = samples
      writeFileSync(path('dreamlip-shards.json'), JSON.stringify(manifest))
      expect(await convert()).toMatchObject({ kept: 4, sizes: fourOfThree })
      expect(bytes()).toEqual(whole)
    },
  )

  it('does not take a shard that lacks samples for complete, even without a manifest', async () => {
    const few = join(folder, 'few')
    await writeShards(dataOf(2), few, { samplesPerShard: 3 })
    copyFileSync(join(few, '000000.tar'), path('000000.tar'))
    rmSync(path('dreamlip-shards.json'))
    expect(await convert()).toMatchObject({ kept: 3 })
    expect(bytes()).toEqual(whole)
  })

  it('counts the samples that an earlier run left out', async () => {
    const broken = Array.from({ length: 6 }, (_, i) => ({
      ...record(i),
      ...(i === 1 && { image: new ArrayBuffer(3) }),
    }))
    const into = join(folder, 'broken')
    const first = await writeShards(LongCaptionDataset.of(broken), into, { samplesPerShard: 3 })
    rmSync(join(into, 'dreamlip-shards.json'))
    const again = await writeShards(LongCaptionDataset.of(broken), into, { samplesPerShard: 3 })
    expect(again).toEqual({ ...first, kept: 2 })
    expect([...again.skipped]).toEqual([['image', 1]])
  })
})

describe('a folder that was started with something else', () => {
  it.each<[string, number, number, RegExp]>([
    ['another shard size', 12, 5, /started with 3 samples per shard, not 5.*--restart/],
    ['fewer samples', 9, 3, /started with 12 samples in all, not 9/],
    ['more samples', 14, 3, /started with 12 samples in all, not 14/],
  ])('is refused with %s, and nothing is changed', async (_, count, samplesPerShard, message) => {
    const refusal = { code: 'DATA_CHANGED', message: expect.stringMatching(message) as string }
    await expect(convert(count, samplesPerShard)).rejects.toMatchObject(refusal)
    rmSync(path('dreamlip-shards.json'))
    if (count <= 12) await expect(convert(count, samplesPerShard)).rejects.toMatchObject({ code: 'DATA_CHANGED' })
    expect(bytes()).toEqual(whole)
  })

  it('is refused with other captions, with and without the manifest', async () => {
    const other = LongCaptionDataset.of(Array.from({ length: 12 }, (_, i) => ({ ...record(i), raw: `other ${i}` })))
    for (const problem of [/started with other captions/, /000000\.tar contains other samples, from number 0 on/]) {
      await expect(writeShards(other, shards, { samplesPerShard: 3 })).rejects.toThrow(problem)
      rmSync(path('dreamlip-shards.json'), { force: true })
    }
    expect(bytes()).toEqual(whole)
  })

  it('is replaced with restart', async () => {
    const result = await convert(7, 5, { restart: true })
    expect(result).toMatchObject({ kept: 0, sizes: { '000000.tar': 5, '000001.tar': 2 } })
    expect(tars()).toEqual(['000000.tar', '000001.tar'])
  })

  it('keeps archives of other programs, also with restart', async () => {
    const foreign = join(folder, 'foreign')
    mkdirSync(foreign)
    copyFileSync('test/fixtures/data/layouts/text-0.tar', join(foreign, '000000.tar'))
    for (const restart of [false, true]) {
      const writing = writeShards(dataOf(3), foreign, { restart })
      await expect(writing).rejects.toMatchObject({ code: 'DATA_CHANGED' })
    }
    expect(readdirSync(foreign)).toEqual(['000000.tar'])
  })
})

describe('text files', () => {
  const captions = { longSV: 'A bus stops. A dog waits.', other: 'One tree' }
  const records = (): CaptionRecord[] => [
    { key: 'all', image, raw: 'a bus\nand a dog', captions },
    { key: 'no raw caption', image, raw: '', captions },
    { key: 'only a raw caption', image, raw: ['a cat', 'a mat'], captions: {} },
  ]
  const write = async (textFiles: TextFile, data = records(), into = join(folder, `texts-${number++}`)) => {
    const dataset = LongCaptionDataset.of(data)
    return { into, ...(await writeShards(dataset, into, { textFiles, samplesPerShard: 2, maxSkipped: 1 })) }
  }
  const textsIn = async (into: string) => {
    const found: string[] = []
    for (const name of readdirSync(into).filter((file) => file.endsWith('.tar'))) {
      const archive = extract()
      archive.end(readFileSync(join(into, name)))
      for await (const entry of archive) {
        const text = await textContent(entry)
        if (entry.header.name.endsWith('.txt')) found.push(text)
      }
    }
    return found
  }

  it.each<[TextFile, string[]]>([
    ['raw', ['a bus and a dog', 'A bus stops. A dog waits.', 'a cat. a mat']],
    ['longSV', ['A bus stops. A dog waits.', 'A bus stops. A dog waits.', 'a cat. a mat']],
    ['other', ['One tree', 'One tree', 'a cat. a mat']],
  ])('contain the caption %j, or else the first that the sample has', async (choice, expected) => {
    expect(await textsIn((await write(choice)).into)).toEqual(expected)
  })

  it('contain one drawn caption, the same in every run, and another in other samples', async () => {
    const [sample] = records()
    const same = Array.from({ length: 40 }, () => sample!)
    const [first, second] = [
      await textsIn((await write('drawn', same)).into),
      await textsIn((await write('drawn', same)).into),
    ]
    expect(second).toEqual(first)
    expect(new Set(first)).toEqual(new Set(['a bus and a dog', 'A bus stops', 'A dog waits', 'One tree']))
  })

  it('do not change the records that are read from the shards', async () => {
    const { into } = await write('drawn', records().slice(0, 1))
    const [reading] = await collect((await LongCaptionDataset.open(into)).readings())
    expect(reading).toMatchObject({ record: { raw: 'a bus\nand a dog', captions } })
  })

  it('are read by webdataset under the names that open_clip uses', { skip: !pythonHas('webdataset') }, async () => {
    const { into } = await write('raw')
    const script = `
import sys, json, webdataset as wds
samples = wds.WebDataset(sys.argv[1:], shardshuffle=False).decode().rename(image='jpg;png;jpeg;webp', text='txt')
print(json.dumps([[sample['__key__'], len(sample['image']) > 0, sample['text']] for sample in samples]))`
    const paths = ['000000.tar', '000001.tar'].map((name) => join(into, name))
    expect(JSON.parse(runPython(script, paths))).toEqual([
      ['000000000', true, 'a bus and a dog'],
      ['000000001', true, 'A bus stops. A dog waits.'],
      ['000000002', true, 'a cat. a mat'],
    ])
  })

  it('leave out a sample without words, and count it', async () => {
    const { into, sizes, skipped } = await write('raw', [
      ...records(),
      { key: 'none', image, raw: ' . ', captions: {} },
    ])
    expect([sizes, [...skipped]]).toEqual([{ '000000.tar': 2, '000001.tar': 1 }, [['caption', 1]]])
    rmSync(join(into, 'dreamlip-shards.json'))
    expect(await write('raw', [...records(), { key: 'none', image, raw: ' . ', captions: {} }], into)).toMatchObject({
      kept: 2,
      sizes,
    })
  })

  it('are part of the settings that a folder was started with', async () => {
    const { into } = await write('raw')
    await expect(write('drawn', records(), into)).rejects.toMatchObject({
      code: 'DATA_CHANGED',
      message: expect.stringMatching(/started with text files of "raw", not text files of "drawn"/) as string,
    })
    rmSync(join(into, 'dreamlip-shards.json'))
    await expect(write('drawn', records(), into)).rejects.toThrow(/contains other samples, from number 0 on/)
    await expect(write('title' as TextFile)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('a second writer', () => {
  it('is refused with the id of the first, and does no harm', async () => {
    const into = join(folder, 'shared')
    const data = dataOf(12)
    const readings = data.readings.bind(data)
    let second: unknown
    data.readings = async function* (options) {
      for await (const reading of readings(options)) {
        yield reading
        second ??= await writeShards(dataOf(12), into, { samplesPerShard: 3 }).catch((error: unknown) => error)
      }
    }
    await writeShards(data, into, { samplesPerShard: 3 })
    const message = expect.stringContaining(`process ${process.pid} on`) as string
    expect(second).toMatchObject({ code: 'IN_USE', message })
    expect(tars().map((name) => readFileSync(join(into, name)).toString('base64'))).toEqual(whole)
    expect(existsSync(join(into, 'dreamlip.lock'))).toBe(false)
  })

  it('reports progress as every long operation does', async () => {
    const steps: unknown[] = []
    await writeShards(dataOf(3), join(folder, 'progress'), { onProgress: (progress) => steps.push(progress) })
    expect(steps).toEqual([1, 2, 3].map((done) => ({ stage: 'samples', done, total: 3 })))
  })

  it('takes over from a writer that was killed', async () => {
    const dead = { pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }
    writeFileSync(path('dreamlip.lock'), JSON.stringify(dead))
    await convert()
    writeFileSync(path('dreamlip.lock'), '')
    await convert()
    expect(existsSync(path('dreamlip.lock'))).toBe(false)
  })
})

function overwrite(name: string, at: number): void {
  const content = readFileSync(path(name))
  content[at]! ^= 0xff
  writeFileSync(path(name), content)
}
