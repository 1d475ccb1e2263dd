/** Parquet files in the encodings that pyarrow writes (test/parity/parquet-encodings.py), and forged files. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openParquet } from '../../../src/data/readers/parquet.node.ts'
import type { Reading } from '../../../src/data/shard'
import { sendBytes, serve } from '../../server/server'
import { collect } from '../collect'

const fixtures = 'test/fixtures/data/parquet'
const broken = 'test/fixtures/data/broken'
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-parquet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Row {
  image_path: string
  raw_caption: string | null
  longIB_captions: string | null
  longSV_captions: string[] | null
}
const rows = JSON.parse(readFileSync(`${fixtures}/rows.json`, 'utf8')) as Row[]
const expected = rows.map(({ image_path, raw_caption, longIB_captions, longSV_captions }) => ({
  key: image_path,
  image: image_path,
  raw: raw_caption ?? '',
  captions: {
    ...(longIB_captions !== null && { longIB: longIB_captions }),
    ...(longSV_captions !== null && { longSV: longSV_captions }),
  },
}))

async function open(location: string) {
  return (await openParquet(location, {}, String)).shard
}
async function read(location: string, from?: number): Promise<Reading[]> {
  return collect((await open(location)).read(from))
}
function changed(name: string, change: (bytes: Buffer) => Uint8Array | void): string {
  const bytes = readFileSync(`${fixtures}/${name}`)
  const path = join(folder, name)
  writeFileSync(path, change(bytes) ?? bytes)
  return path
}

/** Where the footer begins. */
const footerOf = (bytes: Buffer) => bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)

describe('a Parquet file', () => {
  const files = readdirSync(fixtures).filter((name) => name.endsWith('.parquet'))

  it.each(files)('%s is read exactly as it was written, from any row on', async (name) => {
    const all = await read(`${fixtures}/${name}`)
    expect(all).toEqual(expected.map((record, i) => ({ record, end: i + 1 })))
    for (const from of [1, 24, 25, 31, 59, 60]) {
      expect(await read(`${fixtures}/${name}`, from)).toEqual(all.slice(from))
    }
  })

  it('is read over HTTP by ranges', async () => {
    const server = await serve((request, response) =>
      sendBytes(readFileSync(`${fixtures}/v2-dictionary.parquet`), request, response),
    )
    try {
      const all = await read(`${server.url}/v2-dictionary.parquet`)
      expect(all.map((reading) => 'record' in reading && reading.record)).toEqual(expected)
    } finally {
      await server.close()
    }
  })

  it('stops when it is aborted', async () => {
    const stop = new AbortController()
    const shard = await open(`${fixtures}/v1-plain.parquet`)
    const reading = shard.read(0, stop.signal)[Symbol.asyncIterator]()
    await reading.next()
    stop.abort(new Error('enough'))
    const rest = async () => {
      while (!(await reading.next()).done);
    }
    await expect(rest()).rejects.toThrow('enough')
  })
})

describe('a forged Parquet file', () => {
  it.each([
    ['claims 10,000,000,000 rows', 'rows-10000000000.parquet', /10000000000 for the number of rows/],
    ['claims 1,000,000,000,000 rows', 'rows-1000000000000.parquet', /1000000000000 for the number of rows/],
    ['names a column that its schema lacks', 'path-of-no-column.parquet', /"image\.path".*"image\.rath"/],
  ])('that %s is refused when it is opened', async (_, name, message) => {
    await expect(open(`${broken}/${name}`)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(message),
    })
  })

  it('whose page gives no length for its levels loses its rows, and does not hang', async () => {
    const shard = await open(`${broken}/hang-level-bytes.parquet`)
    const readings = await collect(shard.read())
    expect(readings).toHaveLength(shard.index!.count)
    expect(readings[0]).toMatchObject({
      problem: { reason: 'parquet', message: expect.stringContaining('bytes of levels') },
    })
  })

  it('whose 2 KB would unpack to terabytes loses its rows before memory is taken', async () => {
    // 20,000 texts, each of which claims to share 1 GB with the previous one.
    const columns = { image: 'image_path', raw: 'image_path' }
    const { shard } = await openParquet(`${broken}/delta-prefixes.parquet`, { columns }, String)
    const readings = await collect(shard.read())
    expect(readings).toHaveLength(20_000)
    expect(readings[0]).toMatchObject({
      problem: { message: 'a text repeats 1073741824 bytes of the previous text, which has 10' },
    })
  })

  it.each([
    ['a footer of rubbish', (bytes: Buffer) => bytes.fill(0xff, footerOf(bytes), footerOf(bytes) + 20)],
    ['a footer longer than the file', (bytes: Buffer) => void bytes.writeUInt32LE(bytes.length, bytes.length - 8)],
    ['no end mark', (bytes: Buffer) => bytes.subarray(0, -3)],
    ['nothing but its marks', () => Buffer.from('PAR1PAR1')],
    ['an empty footer', () => Buffer.from('PAR1\0\0\0\0PAR1', 'latin1')],
  ])('with %s is refused', async (_, change) => {
    await expect(open(changed('v1-plain.parquet', change))).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })

  it('with a damaged page loses only rows of that row group', async () => {
    // The texts from the first group's second page on.
    const path = changed('v1-dictionary.parquet', (bytes) => void bytes.fill(0xff, 60, 90))
    const readings = await read(path)
    expect(readings).toHaveLength(60)
    expect(readings.slice(25).map((reading) => 'record' in reading && reading.record)).toEqual(expected.slice(25))
    expect(readings.slice(0, 25).some((reading) => 'problem' in reading)).toBe(true)
  })

  it('on a disk that fails is an error, never fewer rows', async () => {
    const path = changed('v1-plain.parquet', () => undefined)
    const shard = await open(path)
    writeFileSync(path, readFileSync(path).subarray(0, 100))
    await expect(collect(shard.read())).rejects.toMatchObject({ code: 'DATA_CHANGED' })
  })
})
