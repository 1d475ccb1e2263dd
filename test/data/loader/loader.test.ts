import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { LongCaptionDataset } from '../../../src/data/dataset.node.ts'
import { createLoader } from '../../../src/data/loader/create-loader'
import type { DataPosition, TrainingBatch } from '../../../src/data/loader/training-batch'
import type { LoaderOptions } from '../../../src/data/loader/options'
import type { IndexedShard } from '../../../src/data/readers/open-records'
import type { CaptionRecord } from '../../../src/data/record'
import { indexShard, type Reading } from '../../../src/data/shard'
import { decodeImage } from '../../../src/images/decode/decode.node.ts'
import { preprocessImage } from '../../../src/images/preprocess/preprocess'
import { Tokenizer } from '../../../src/tokenizer/tokenizer'
import { collect } from '../collect'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-loader-'))
const inFolder = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tokenizer = await Tokenizer.load()
const start = { epoch: 0, sample: 0 }
const small = { imageSize: 8, augmentation: 'none', texts: { count: 0 } } as const
const picture = { data: new Uint8Array(4 * 4 * 3).fill(100), width: 4, height: 4, channels: 3 as const }
const records = (count: number): CaptionRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: `${i}`, image: picture, raw: `number ${i}`, captions: {} }))

/** The numbers in the captions of these batches. */
const numbersOf = (batches: readonly TrainingBatch<readonly number[]>[]) =>
  batches.flatMap(({ captions }) => captions.map(([ids]) => Number(tokenizer.decode(ids!).replace(/\D/g, ''))))
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** A shard that records the positions from which it was read. */
function watched(count: number, reads: number[]): IndexedShard {
  const shard = {
    name: 'watched',
    version: '',
    async *read(from = 0): AsyncGenerator<Reading> {
      for (const [i, record] of records(count).slice(from).entries()) {
        reads.push(from + i)
        yield { record, end: from + i + 1 }
      }
    },
  }
  const starts = numbers(Math.ceil(count / 500)).map((i) => i * 500)
  return { ...shard, index: { count, starts } }
}

describe('a loader', () => {
  it('gives each sample once per epoch, in another order each epoch, the same for the same seed', async () => {
    const order = async (epoch: number, seed: number) => {
      const loader = LongCaptionDataset.of(records(1200)).loader({ ...small, batchSize: 40, shuffle: 300, seed })
      return numbersOf(await collect(loader.batches({ epoch, sample: 0 })))
    }
    const [first, again, second, other] = [await order(0, 1), await order(0, 1), await order(1, 1), await order(0, 2)]
    expect(sorted(first)).toEqual(numbers(1200))
    expect(again).toEqual(first)
    expect(sorted(second)).toEqual(numbers(1200))
    for (const order of [second, other, numbers(1200)]) expect(order).not.toEqual(first)
  })

  it('continues exactly from any position where a batch ended', async () => {
    const make = () =>
      LongCaptionDataset.of(records(130)).loader({ batchSize: 8, shuffle: 50, imageSize: 8, texts: { count: 0 } })
    const contents = async (from: DataPosition) =>
      (await collect(make().batches(from))).map(({ release: _, ...batch }) => batch)
    const all = await contents(start)
    expect(all).toHaveLength(16)
    for (const [i, { next }] of all.entries()) expect(await contents(next)).toEqual(all.slice(i + 1))
  })

  it('does not read earlier samples, except for neighbours of the first', async () => {
    const reads: number[] = []
    const loader = createLoader([watched(5000, reads)], { ...small, batchSize: 10, shuffle: 0 })
    for await (const batch of loader.batches({ epoch: 0, sample: 4990 })) expect(numbersOf([batch])[0]).toBe(4990)
    expect(Math.min(...reads)).toBe(4500)
  })

  it('divides the samples among ranks: each gets the same number, and no sample twice', async () => {
    const ranks = await Promise.all(
      numbers(3).map(async (rank) => {
        const loader = createLoader([watched(1700, [])], { ...small, batchSize: 1, shuffle: 100, rank, worldSize: 3 })
        return numbersOf(await collect(loader.batches(start)))
      }),
    )
    expect(ranks.map((list) => list.length)).toEqual([566, 566, 566])
    expect(new Set(ranks.flat()).size).toBe(3 * 566)
  })

  it('draws parts by their weights', async () => {
    const shards = [
      { ...watched(3000, []), weight: 1 },
      { ...watched(3000, []), weight: 3 },
    ]
    const tagged = shards.map((shard, part) => ({
      ...shard,
      async *read(from?: number) {
        for await (const reading of shard.read(from))
          yield { ...reading, record: { ...records(1)[0]!, raw: `${part}` } }
      },
    }))
    const loader = createLoader(tagged, { ...small, batchSize: 50, shuffle: 0, samplesPerEpoch: 40_000, seed: 4 })
    expect(loader.size).toBe(40_000)
    // Chunks of 500 are drawn: 80 draws of probability 3/4 have a standard deviation of 0.05.
    const parts = numbersOf(await collect(loader.batches({ epoch: 0, sample: 0 })))
    const share = parts.filter((part) => part === 1).length / parts.length
    expect(Math.abs(share - 0.75)).toBeLessThan(0.15)
  })

  it('gives the pixels of preprocessImage and the ids of the tokenizer', async () => {
    const photo = 'examples/photos/rocket.jpg'
    const long = 'A rocket. It stands on its pad. Smoke rises.'
    const record = { key: photo, image: photo, raw: 'raw', captions: { longSV: long } }
    const loader = LongCaptionDataset.of([record]).loader({ batchSize: 1, augmentation: 'none', texts: { count: 3 } })
    const [batch] = await collect(loader.batches(start))
    expect(batch!.images.shape).toEqual([1, 3, 224, 224])
    expect(batch!.images.pixels).toEqual((await preprocessImage(photo)).data)
    const texts = batch!.captions[0]!.map((ids) => tokenizer.decode(ids.slice(1, -1)).trim())
    expect(texts[0]).toBe('raw')
    expect(texts.slice(1).sort()).toEqual(['a rocket', 'it stands on its pad', 'smoke rises'])
    expect(batch!.captions[0]!.every((ids) => ids[0] === 49406 && ids.at(-1) === 49407)).toBe(true)
  })

  it('accepts images of any kind: paths, Blobs, bytes, pixels', async () => {
    const photo = 'examples/photos/rocket.jpg'
    const bytes = readFileSync(photo)
    const { data, width, height } = await decodeImage(photo)
    const images = [photo, new Blob([bytes]), bytes, new Uint8Array(bytes).buffer, { data, width, height, channels: 3 }]
    const list = images.map((image, i) => ({ ...records(1)[0]!, key: `${i}`, image: image as CaptionRecord['image'] }))
    const [batch] = await collect(
      LongCaptionDataset.of(list)
        .loader({ ...small, batchSize: 5 })
        .batches(start),
    )
    const expected = (await preprocessImage(photo, { size: 8 })).data
    for (let i = 0; i < 5; i++) expect(batch!.images.pixels.subarray(i * 192, (i + 1) * 192)).toEqual(expected)
  })

  it.each([{ count: 1, raw: 'drawn' as const }, { count: 6 }])(
    'draws texts again in each epoch, depending only on the seed: %j',
    async (texts) => {
      const list = records(20).map((record) => ({
        ...record,
        captions: { other: 'One. Two. Three. Four. Five. Six.' },
      }))
      const draw = async (epoch: number, seed: number) => {
        const loader = LongCaptionDataset.of(list).loader({ ...small, batchSize: 20, shuffle: 0, texts, seed })
        return (await collect(loader.batches({ epoch, sample: 0 })))[0]!.captions
      }
      const [first, again, second, other] = [await draw(0, 1), await draw(0, 1), await draw(1, 1), await draw(0, 2)]
      expect(again).toEqual(first)
      for (const draws of [second, other]) expect(draws).not.toEqual(first)
    },
  )

  it('reuses the memory of a batch only after it is released', async () => {
    const take = async (release: boolean) => {
      const arrays = new Set<Float32Array>()
      for await (const batch of LongCaptionDataset.of(records(40))
        .loader({ ...small, batchSize: 4 })
        .batches(start)) {
        arrays.add(batch.images.pixels)
        if (release) batch.release()
      }
      return arrays.size
    }
    expect([await take(false), await take(true)]).toEqual([10, 1])
  })

  it('has a fingerprint that changes with captions, keys, number and seed', () => {
    const of = (list = records(4), seed = 0) => LongCaptionDataset.of(list).loader({ batchSize: 2, seed }).fingerprint
    const [first, ...rest] = records(4) as [CaptionRecord, ...CaptionRecord[]]
    const others = [
      of(records(5)),
      of(records(4), 1),
      of([{ ...first, key: 'other' }, ...rest]),
      of([{ ...first, captions: { other: 'other' } }, ...rest]),
    ]
    expect(of()).toBe(of())
    expect(new Set([of(), ...others]).size).toBe(5)
  })

  it('reads no further than necessary while no batch is requested', async () => {
    const reads: number[] = []
    const loader = createLoader([watched(20_000, reads)], { ...small, batchSize: 8, shuffle: 0 })
    const batches = loader.batches(start)[Symbol.asyncIterator]()
    await batches.next()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(reads.length).toBeLessThan(8 + 8 + 16 + 2)
    await batches.return!()
  })

  it('stops when it is aborted', async () => {
    const controller = new AbortController()
    const loader = LongCaptionDataset.of(records(100)).loader({ ...small, batchSize: 2 })
    const work = async () => {
      for await (const { next } of loader.batches(start, controller.signal)) {
        if (next.sample >= 4) controller.abort(new Error('enough'))
      }
    }
    await expect(work()).rejects.toThrow('enough')
  })

  it.each<[LoaderOptions, string]>([
    [{ batchSize: 0 }, 'batchSize'],
    [{ rank: 2, worldSize: 2 }, 'rank'],
    [{ shuffle: -1 }, 'shuffle'],
    [{ augmentation: 'weak' as 'strong' }, 'augmentation'],
    [{ batchSize: 11 }, 'data: expected at least 11 samples'],
  ])('refuses %j', (options, message) => {
    expect(() => LongCaptionDataset.of(records(10)).loader(options)).toThrow(message)
  })
})

describe('an image', () => {
  const good = 'examples/photos/chelsea.png'
  const jpeg = readFileSync('examples/photos/rocket.jpg')
  const bomb = Buffer.from(readFileSync(good))
  bomb.writeUInt32BE(60_000, 16)
  bomb.writeUInt32BE(60_000, 20)
  const pages = () =>
    Promise.all([good, 'examples/photos/coffee.png'].map((photo) => sharp(photo).resize(16, 16).png().toBuffer()))
  const images: Record<string, Uint8Array | string> = {
    bomb,
    truncated: jpeg.subarray(0, jpeg.length >> 1),
    corrupt: Buffer.concat([jpeg.subarray(0, 200), Buffer.alloc(jpeg.length - 200, 0x5a)]),
    'zero bytes': new Uint8Array(),
    'a text file': Buffer.from('no image at all'),
    missing: inFolder('missing.jpg'),
  }
  const recordOf = (key: string, image: CaptionRecord['image']) => ({ key, image, raw: 'a', captions: {} })

  it.each(Object.keys(images))('that is broken (%s) is left out, counted and named', async (kind) => {
    const list = [recordOf('first', good), recordOf(kind, images[kind]!), recordOf('last', good)]
    const loader = LongCaptionDataset.of(list).loader({ ...small, batchSize: 2, shuffle: 0 })
    const [batch] = await collect(loader.batches(start))
    expect(batch!.skipped).toEqual([{ sample: kind, reason: expect.stringMatching(/^image: /) }])
    expect(batch!.next.sample).toBe(3)
    expect([...loader.skipped]).toEqual([['image', 1]])
  })

  it.each(['modes/cmyk.jpg', 'modes/palette.gif', 'modes/gray-alpha.png'])(
    'in another mode than RGB is used: %s',
    async (name) => {
      const list = [recordOf(name, `test/fixtures/images/${name}`)]
      const loader = LongCaptionDataset.of(list).loader({
        imageSize: 8,
        batchSize: 1,
        texts: { count: 0 },
        augmentation: 'strong',
      })
      expect((await collect(loader.batches(start)))[0]!.skipped).toEqual([])
    },
  )

  it.each([
    [
      'animated',
      async () =>
        sharp(await pages(), { join: { animated: true } })
          .gif()
          .toBuffer(),
    ],
    ['16-bit', async () => sharp(good).toColourspace('rgb16').png().toBuffer()],
    ['16-bit gray', async () => sharp(good).toColourspace('grey16').png().toBuffer()],
  ] as const)('that is %s is used: its first page, the upper bits of its values', async (kind, make) => {
    const bytes = new Uint8Array(await make())
    const whole = await sharp(bytes).metadata()
    expect(kind === 'animated' ? whole.pages : whole.depth).toBe(kind === 'animated' ? 2 : 'ushort')
    for (const augmentation of ['none', 'strong'] as const) {
      const loader = LongCaptionDataset.of([recordOf(kind, bytes)]).loader({ ...small, batchSize: 1, augmentation })
      const [batch] = await collect(loader.batches(start))
      expect(batch!.skipped).toEqual([])
      expect(new Set(batch!.images.pixels).size).toBeGreaterThan(8)
    }
  })

  it('that is broken stops the run if more are broken than allowed', async () => {
    const list = numbers(40).map((i) => recordOf(`${i}`, i % 4 === 0 ? new Uint8Array() : picture))
    const run = (maxSkipped?: number) =>
      collect(
        LongCaptionDataset.of(list)
          .loader({ ...small, batchSize: 2, maxSkipped })
          .batches(start),
      )
    await expect(run()).rejects.toMatchObject({
      code: 'DATA_BROKEN',
      message: expect.stringContaining('more than 4 samples'),
    })
    expect(await run(10)).toHaveLength(15)
  })
})

describe('a caption', () => {
  const loaderOf = (raw: string, long: string) =>
    LongCaptionDataset.of([
      { key: 'given', image: picture, raw, captions: { longSV: long } },
      ...records(1).map((record) => ({ ...record, captions: { longSV: 'Fine.' } })),
    ]).loader({ ...small, batchSize: 1, shuffle: 0, texts: { count: 2 } })

  it.each([
    ['empty', '', ''],
    ['only punctuation', '...', ' .. !? \n--'],
    ['nothing left after splitting', ' ', '</s>\n'],
  ])('without words is left out and counted: %s', async (_, raw, long) => {
    const loader = loaderOf(raw, long)
    const [batch] = await collect(loader.batches(start))
    expect(batch!.skipped).toEqual([{ sample: 'given', reason: expect.stringMatching(/^caption: no sub-caption/) }])
  })

  it.each([
    ['100,000 characters', 'raw', 'word '.repeat(20_000)],
    ['lone surrogates', 'a \ud800 b', 'x \udc00. y'],
  ])('with %s is used, cut to the context', async (_, raw, long) => {
    const [batch] = await collect(loaderOf(raw, long).batches(start))
    expect(batch!.skipped).toEqual([])
    expect(batch!.captions[0]).toHaveLength(3)
    for (const ids of batch!.captions[0]!) expect(ids.length).toBeLessThanOrEqual(77)
  })
})

describe('LongCaptionDataset.open', () => {
  it('reads, shuffles and decodes a data set of files', async () => {
    cpSync('test/fixtures/data/layouts', folder, { recursive: true })
    const options = { imageSize: 16, batchSize: 7, texts: { count: 2 } }
    for (const name of ['released.csv', 'shard.json', 'zstd.parquet', 'json-0.tar', 'index.txt']) {
      const data = await LongCaptionDataset.open(inFolder(name))
      expect(data.size).toBe(7)
      const [batch] = await collect(data.loader(options).batches(start))
      expect([batch!.skipped, batch!.captions.map((texts) => texts.length)]).toEqual([[], Array(7).fill(3)])
    }
  })

  it('counts rows that cannot be read among the samples', async () => {
    mkdirSync(inFolder('broken'))
    writeFileSync(
      inFolder('broken/a.csv'),
      `image,caption\n${inFolder('images/0.png')},a\nb\n${inFolder('images/1.png')},c\n`,
    )
    const data = await LongCaptionDataset.open(inFolder('broken/a.csv'), { absolutePaths: true })
    expect(data.size).toBe(3)
    const loader = data.loader({ ...small, batchSize: 2, shuffle: 0 })
    const [batch] = await collect(loader.batches(start))
    expect(batch!.skipped).toEqual([
      { sample: expect.stringMatching(/a\.csv at byte/), reason: expect.stringMatching(/^csv: /) },
    ])
  })
})

describe('an index', () => {
  it('knows where every 500th sample starts', async () => {
    expect(await indexShard(watched(1200, []))).toEqual({ count: 1200, starts: [-1, 500, 1000] })
  })
})
