/** One data set in every layout, written by Python's libraries (test/parity/data-layouts.py). */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRecords } from '../../../src/data/readers/open-records.node.ts'
import type { CaptionRecord } from '../../../src/data/record'
import type { Reading } from '../../../src/data/shard'
import { sendBytes, serve } from '../../server/server'
import { collect } from '../collect'

interface Expected {
  image: string
  raw: string
  captions: Required<CaptionRecord['captions']>
}
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-layouts-'))
const inFolder = (name: string) => join(folder, name)
let expected: Expected[]

beforeAll(() => {
  // A copy, because indexes are written next to the files.
  cpSync('test/fixtures/data/layouts', folder, { recursive: true })
  expected = JSON.parse(readFileSync(inFolder('expected.json'), 'utf8')) as Expected[]
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(location: string, options?: Parameters<typeof openRecords>[1]): Promise<Reading[]> {
  const { shards } = await openRecords(location, options)
  return (await Promise.all(shards.map((shard) => collect(shard.read())))).flat()
}
const recordsOf = (readings: readonly Reading[]) =>
  readings.map((reading) => {
    if ('problem' in reading) throw new Error(reading.problem.message)
    return reading.record
  })
const bytesOf = (i: number) => new Uint8Array(readFileSync(inFolder(`images/${i}.png`)))

describe('a data set', () => {
  const files = ['released.csv', 'released.tsv', 'index.txt', 'shard.json']
  const parquets = ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'].map((codec) => `${codec}.parquet`)
  it.each([...files, ...parquets])('%s is read exactly as it was written', async (name) => {
    const wanted = expected.map(({ image, raw, captions }) => ({ key: image, image: inFolder(image), raw, captions }))
    expect(recordsOf(await read(inFolder(name)))).toEqual(wanted)
  })

  it.each(['released.csv', 'index.txt', 'shard.json', 'zstd.parquet', 'json-0.tar', 'images'])(
    '%s continues from any position where a sample ended',
    async (name) => {
      if (name === 'images') expected.forEach(({ raw }, i) => writeFileSync(inFolder(`images/${i}.txt`), raw))
      const [shard] = (await openRecords(inFolder(name))).shards
      const all = await collect(shard!.read())
      expect(shard!.index.count).toBe(all.length)
      for (const [i, { end }] of all.entries()) expect(await collect(shard!.read(end))).toEqual(all.slice(i + 1))
    },
  )

  it('in Parquet may contain images and lists of sub-captions', async () => {
    const records = recordsOf(await read(inFolder('lists.parquet')))
    records.forEach((record, i) => {
      expect(record).toEqual({
        key: expected[i]!.image,
        image: bytesOf(i),
        raw: expected[i]!.raw,
        captions: { longSV: expected[i]!.captions.longSV.toString().split('\n') },
      })
    })
    expect(records).toHaveLength(7)
  })

  it('in tar shards may have captions as JSON, text or both', async () => {
    const json = recordsOf(await read(inFolder('json-0.tar')))
    const text = recordsOf(await read(inFolder('text-0.tar')))
    const split = recordsOf(await read(inFolder('split-0.tar')))
    expected.forEach(({ raw, captions }, i) => {
      const common = { key: `0000${i}`, image: bytesOf(i), raw }
      expect(json[i]).toEqual({ ...common, captions })
      expect(text[i]).toEqual({ ...common, captions: {} })
      expect(split[i]).toEqual({ ...common, captions: { other: captions.longSV.toString().split('\n') } })
    })
    expect([json, text, split].map((list) => list.length)).toEqual([7, 7, 7])
  })

  it('may be a folder of images with captions next to them', async () => {
    mkdirSync(inFolder('pairs/below'), { recursive: true })
    cpSync(inFolder('images/0.png'), inFolder('pairs/a.png'))
    cpSync(inFolder('images/1.png'), inFolder('pairs/below/b.PNG'))
    cpSync(inFolder('images/2.png'), inFolder('pairs/c.png'))
    cpSync(inFolder('images/3.png'), inFolder('pairs/d.png'))
    writeFileSync(inFolder('pairs/a.txt'), 'A cat.')
    writeFileSync(inFolder('pairs/d.txt'), 'A cat. It sleeps.\r\n\r\nIts fur is red. It is old.\r\n')
    writeFileSync(
      inFolder('pairs/below/b.json'),
      JSON.stringify({ raw_caption: 'B', longSV_captions: 'A dog. A bus.' }),
    )
    const readings = await read(inFolder('pairs'))
    expect(readings).toMatchObject([
      { record: { key: 'a.png', image: inFolder('pairs/a.png'), raw: 'A cat.', captions: {} } },
      { record: { key: 'below/b.PNG', raw: 'B', captions: { longSV: 'A dog. A bus.' } } },
      { problem: { reason: 'pair', sample: 'c.png', message: 'the image has no caption file' } },
      // The first line of a text file is the raw caption; lines of several sentences are drawn from.
      {
        record: { raw: 'A cat. It sleeps.', captions: { other: 'A cat. It sleeps.\nIts fur is red. It is old.' } },
      },
    ])
  })

  it('cannot be a folder in which no image has a caption', async () => {
    mkdirSync(inFolder('bare'))
    cpSync(inFolder('images/0.png'), inFolder('bare/a.png'))
    writeFileSync(inFolder('bare/b.txt'), 'Of no image.')
    await expect(read(inFolder('bare'))).rejects.toMatchObject({
      code: 'DATA_EMPTY',
      message: expect.stringContaining('found 1 images, none of them'),
    })
  })

  it('may be a list of patterns, over HTTP too', async () => {
    const server = await serve((request, response) =>
      sendBytes(readFileSync(inFolder(request.url!.slice(1))), request, response),
    )
    try {
      const location = `${server.url}/{json,text}-{0..0}.tar::${inFolder('split-*.tar')}`
      const { shards } = await openRecords(location, { weights: [1, 2] })
      expect(shards.map(({ weight }) => weight)).toEqual([1, 1, 2])
      expect(shards.map(({ index }) => index.count)).toEqual([7, 7, 7])
      const remote = await collect(shards[0]!.read())
      expect(remote).toEqual(await collect((await openRecords(inFolder('json-0.tar'))).shards[0]!.read()))
      expect(await collect(shards[0]!.read(remote[2]!.end))).toEqual(remote.slice(3))
      const csv = (await openRecords(`${server.url}/released.csv`)).shards[0]!
      expect(recordsOf(await collect(csv.read()))[1]!.image).toBe(`${server.url}/images/1.png`)
    } finally {
      await server.close()
    }
  })

  it.each([
    ['nothing-*.csv', 'SOURCE_UNREADABLE'],
    ['missing.tar', 'SOURCE_UNREADABLE'],
    ['expected.json.bin', 'DATA_INVALID'],
  ])('%s is refused', async (name, code) => {
    if (code === 'DATA_INVALID') writeFileSync(inFolder(name), '')
    await expect(openRecords(inFolder(name))).rejects.toMatchObject({ code })
  })
})

describe('a tar shard of several megabytes', () => {
  it('is read to its end without accumulating listeners', async () => {
    const { pack } = await import('tar-stream')
    const archive = pack()
    for (let i = 0; i < 60; i++) {
      archive.entry({ name: `${i}.png` }, Buffer.alloc(100_000, i))
      archive.entry({ name: `${i}.txt` }, `picture ${i}`)
    }
    archive.finalize()
    writeFileSync(inFolder('large.tar'), Buffer.concat(await collect(archive as unknown as AsyncIterable<Buffer>)))
    const warnings: Error[] = []
    const listen = (warning: Error) => void warnings.push(warning)
    process.on('warning', listen)
    expect(await read(inFolder('large.tar'))).toHaveLength(60)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listen)
    expect(warnings).toEqual([])
  })
})

describe('a broken tar shard', () => {
  const good = () => readFileSync(inFolder('text-0.tar'))
  const broken = async (change: (bytes: Buffer) => Uint8Array) => {
    writeFileSync(inFolder('broken.tar'), change(Buffer.from(good())))
    return read(inFolder('broken.tar'))
  }

  it('with a bad checksum is read up to that point', async () => {
    const [, , third] = await read(inFolder('text-0.tar'))
    const readings = await broken((bytes) => (bytes.fill(0x41, third!.end, third!.end + 20), bytes))
    expect(readings.slice(0, 2).every((reading) => 'record' in reading)).toBe(true)
    expect(readings.at(-1)).toMatchObject({ problem: { reason: 'tar' } })
    expect(readings.length).toBeLessThanOrEqual(4)
  })

  it('that is cut off is read up to that point', async () => {
    const readings = await broken((bytes) => bytes.subarray(0, 3000))
    expect(readings.at(-1)).toMatchObject({
      problem: { reason: 'tar', message: expect.stringMatching(/end of data/i) },
    })
  })

  it('with false sizes does not cost memory', async () => {
    const readings = await broken((bytes) => {
      bytes.write('77777777777\0', 124, 'latin1')
      bytes.fill(0x20, 148, 156)
      const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
      return bytes
    })
    expect(readings).toMatchObject([{ problem: { reason: 'tar', message: expect.stringContaining('the limit is') } }])
  })

  it('with links and incomplete samples is read without them', async () => {
    const { pack } = await import('tar-stream')
    const archive = pack()
    archive.entry({ name: 'a.jpg', type: 'symlink', linkname: '/etc/passwd' })
    archive.entry({ name: 'a.txt' }, 'no image')
    archive.entry({ name: 'b.jpg' }, 'image')
    archive.entry({ name: 'dir.x/c.jpg' }, 'image')
    archive.entry({ name: 'dir.x/c.txt' }, 'whole')
    archive.finalize()
    writeFileSync(inFolder('pairs.tar'), Buffer.concat(await collect(archive as unknown as AsyncIterable<Buffer>)))
    expect(await read(inFolder('pairs.tar'))).toMatchObject([
      { problem: { reason: 'pair', message: expect.stringContaining('no image') } },
      { problem: { reason: 'pair', message: 'the image has no caption file' } },
      { record: { key: 'dir.x/c', raw: 'whole' } },
    ])
  })
})

describe('a broken Parquet file', () => {
  const open = (bytes: Uint8Array) => {
    writeFileSync(inFolder('broken.parquet'), bytes)
    return read(inFolder('broken.parquet'))
  }

  it.each([
    ['is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)],
    ['is empty', () => Buffer.alloc(0)],
    ['lies about its footer’s length', (bytes: Buffer) => (bytes.writeUInt32LE(0x7fffffff, bytes.length - 8), bytes)],
    ['has a footer of rubbish', (bytes: Buffer) => (bytes.fill(0xff, bytes.length - 400, bytes.length - 8), bytes)],
  ])('that %s is refused', async (_, change) => {
    const bytes = change(readFileSync(inFolder('snappy.parquet')))
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('Parquet'),
    })
  })

  it('whose pages claim to unpack to gigabytes loses their rows, and costs no memory', async () => {
    const bytes = readFileSync(inFolder('gzip.parquet'))
    // A page header (Thrift) begins: type, then the size unpacked as a zigzag varint, here of one or two bytes.
    const at = 4
    expect([...bytes.subarray(at, at + 3)]).toEqual([0x15, expect.any(Number), 0x15])
    const rest = bytes.subarray(at + 3)
    const old = rest.findIndex((byte) => byte < 0x80) + 1
    const lie = Buffer.from([0x15, bytes[at + 1]!, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f])
    const longer = Buffer.concat([bytes.subarray(0, at), lie, rest.subarray(old)])
    const readings = await open(longer)
    expect(readings).toHaveLength(7)
    const message = expect.stringContaining('claims to unpack to 2147483647 bytes') as string
    expect(readings[0]).toMatchObject({ problem: { reason: 'parquet', message } })
  })
})

describe('JSON shards', () => {
  it.each([
    ['[{"image": "a.jpg", "caption": "a"}, {"image": "b', 2],
    ['[{"image": "a.jpg", "caption": "a"}, 3, {"nothing": 1}]', 3],
  ])('%j gives what can be read and says what cannot', async (text, count) => {
    writeFileSync(inFolder('list.json'), text)
    const readings = await read(inFolder('list.json'))
    expect(readings).toHaveLength(count)
    expect(readings.at(-1)).toMatchObject({ problem: { reason: 'json' } })
  })

  it.each([
    ['', 'an empty file'],
    ['{"not": "a list"}', 'the columns are "not"'],
    [`[${'1, '.repeat(20)}1]`, 'each of its first 20 samples is unreadable: it is not a JSON object'],
    ['A text.', 'expected JSON; found text that starts with "A text."'],
  ])('%j is refused', async (text, message) => {
    writeFileSync(inFolder('list.json'), text)
    const expected = { code: 'DATA_INVALID', message: expect.stringContaining(message) as string }
    await expect(read(inFolder('list.json'))).rejects.toMatchObject(expected)
  })
})
