/** Tar archives, valid as programs write them, damaged, and malicious. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { afterAll, describe, expect, it } from 'vitest'
import { openTar } from '../../../src/data/readers/tar.node.ts'
import type { Reading } from '../../../src/data/shard'
import { createRandom } from '../../../src/random'
import { collect } from '../collect'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-tar-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type File = readonly [name: string | Parameters<ReturnType<typeof pack>['entry']>[0], contents?: string | Uint8Array]

async function tarOf(...files: readonly File[]): Promise<Buffer> {
  const archive = pack()
  for (const [header, contents = ''] of files) {
    archive.entry(typeof header === 'string' ? { name: header } : header, Buffer.from(contents))
  }
  archive.finalize()
  return Buffer.concat(await collect(archive as unknown as AsyncIterable<Buffer>))
}

/** A handmade header block with the right checksum, for values that no program writes. */
function block(fields: { name?: string; size?: string | Uint8Array; type?: string; magic?: string; prefix?: string }) {
  const { name = 'a.jpg', size = '00000000000', type = '0', magic = 'ustar\x0000', prefix = '' } = fields
  const bytes = Buffer.alloc(512)
  bytes.write(name, 0)
  bytes.set(typeof size === 'string' ? Buffer.from(size, 'latin1') : size, 124)
  bytes.write(type, 156, 'latin1')
  bytes.write(magic, 257, 'latin1')
  bytes.write(prefix, 345)
  bytes.fill(0x20, 148, 156)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}
const octal = (size: number) => size.toString(8).padStart(11, '0')
const filled = (contents: string) => {
  const bytes = Buffer.from(contents)
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}
const entry = (name: string, contents: string, type = '0') =>
  Buffer.concat([block({ name, size: octal(Buffer.byteLength(contents)), type }), filled(contents)])
const record = (key: string, value: string) => {
  const rest = ` ${key}=${value}\n`
  const digits = String(Buffer.byteLength(rest) + 2).length
  return `${Buffer.byteLength(rest) + digits}${rest}`
}
const end = Buffer.alloc(1024)

let files = 0
async function open(...parts: readonly Uint8Array[]) {
  const path = join(folder, `${files++}.tar`)
  writeFileSync(path, Buffer.concat(parts))
  return openTar(path, {})
}
async function read(...parts: readonly Uint8Array[]): Promise<Reading[]> {
  return collect((await open(...parts)).read())
}
/** Keys of records, and messages of problems. */
const told = (readings: readonly Reading[]) =>
  readings.map((reading) =>
    'record' in reading ? reading.record.key : `${reading.problem.reason}: ${reading.problem.message}`,
  )

const pair = (key: string): File[] => [
  [`${key}.jpg`, `picture ${key}`],
  [`${key}.txt`, `caption ${key}`],
]

describe('a tar archive', () => {
  it('gives the same samples from any position where one ended, gzipped or not', async () => {
    const archive = await tarOf(...pair('a'), ...pair('dir/b'), ['c.txt', 'alone'], ...pair('d'))
    for (const bytes of [archive, gzipSync(archive)]) {
      const shard = await open(bytes)
      const all = await collect(shard.read())
      expect(told(all)).toEqual(['a', 'dir/b', expect.stringContaining('no image'), 'd'])
      expect(all[0]).toMatchObject({ record: { image: new Uint8Array(Buffer.from('picture a')), raw: 'caption a' } })
      for (const [i, { end }] of all.entries()) expect(await collect(shard.read(end))).toEqual(all.slice(i + 1))
    }
  })

  it('may have long names, by ustar, GNU and PAX', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/x`
    const gnu = Buffer.concat([entry('././@LongLink', `${long}.jpg\0`, 'L'), entry('short', '1')])
    const link = entry('././@LongLink', 'a target', 'K')
    const pax = Buffer.concat([entry('PaxHeader', record('path', `${long}.txt`), 'x'), entry('short', '2')])
    expect(await read(link, gnu, link, pax, end)).toMatchObject([{ record: { key: long, raw: '2' } }])
    const prefix = long.slice(0, 150)
    const parts = [block({ prefix, name: 'y.jpg' }), block({ prefix, name: 'y.txt' }), end]
    expect(told(await read(...parts))).toEqual([`${prefix}/y`])
  })

  it('may give sizes in base 256 or by PAX, and have no magic', async () => {
    const size = Uint8Array.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    const binary = Buffer.concat([block({ name: 'a.jpg', size }), filled('1')])
    const pax = Buffer.concat([
      entry('PaxHeader', record('size', '2'), 'x'),
      block({ name: 'a.txt', magic: '' }),
      filled('23'),
    ])
    expect(await read(binary, pax, end)).toMatchObject([{ record: { key: 'a', raw: '23' } }])
  })

  it('may be several archives one after the other', async () => {
    expect(told(await read(await tarOf(...pair('a')), await tarOf(...pair('b'))))).toEqual(['a', 'b'])
  })

  it('is read without folders, links, devices and files that macOS and Windows leave', async () => {
    const others: File[] = [
      [{ name: './', type: 'directory' }],
      ['./._a.jpg', 'rubbish'],
      ['__MACOSX/._a.jpg', 'rubbish'],
      ['.DS_Store', 'rubbish'],
      [{ name: 'fifo', type: 'fifo' }],
      [{ name: 'disk', type: 'block-device' }],
    ]
    const archive = await tarOf(...others, ['./a.jpg', '1'], ['./._a.txt', 'rubbish'], ['./a.txt', '2'], ...others)
    expect(await read(archive)).toMatchObject([{ record: { key: 'a', raw: '2' } }])
  })

  it('with a link instead of an image lacks that image, and the link is never followed', async () => {
    const archive = await tarOf(
      [{ name: 'a.jpg', type: 'symlink', linkname: '/etc/passwd' }],
      ['a.txt', 'a'],
      ...pair('b'),
    )
    expect(told(await read(archive))).toEqual([expect.stringMatching(/^pair: it has no image.*"txt"/), 'b'])
  })

  it('with two files of the same name in a sample skips the sample', async () => {
    const archive = await tarOf(...pair('a'), ...pair('s'), ...pair('s'), ...pair('b'))
    expect(told(await read(archive))).toEqual(['a', expect.stringMatching(/^pair: .*"s\.jpg" occurs twice/), 'b'])
  })

  it('with a sparse file, or a caption file of megabytes, loses only that sample', async () => {
    const sparse = Buffer.concat([block({ name: 's.jpg', type: 'S', size: octal(3) }), filled('abc')])
    const huge = await tarOf(['h.jpg', '1'], ['h.txt', Buffer.alloc(5_000_000, 0x41)], ...pair('b'))
    expect(told(await read(sparse, huge))).toEqual([
      expect.stringMatching(/sparse file/),
      expect.stringMatching(/"h\.txt" has 5000000 bytes; the limit is 4194304/),
      'b',
    ])
  })
})

describe('a damaged tar archive', () => {
  it('whose sizes are not numbers does not hang', async () => {
    // Found by a fuzzer: 0x81 before octal digits makes them a number in base 256.
    const readings = await read(
      block({ name: 'a.jpg', size: Buffer.from('\x8100000001130', 'latin1') }),
      filled('x'),
      end,
    )
    expect(told(readings)).toEqual([expect.stringMatching(/^tar: invalid tar header/)])
  })

  it.each([
    [
      'a size beyond the archive',
      [block({ size: '77777777777' }), end],
      /"a\.jpg" claims 8589934591 bytes, but only 1024 are left/,
    ],
    ['a negative size', [block({ size: Buffer.alloc(12, 0xff) }), end], /impossible file size/],
    ['a size of letters', [block({ size: 'abc' }), end], /"abc" is not an octal number/],
    ['a PAX header of a gigabyte', [block({ type: 'x', size: octal(2 ** 30) }), end], /the limit is 1048576/],
    ['a PAX record that is too long', [entry('p', '99 path=x\n', 'x'), end], /record of the wrong length/],
    ['a PAX record of no length', [entry('p', '0 a=b\n', 'x'), end], /record of the wrong length/],
    ['a PAX size that is negative', [entry('p', record('size', '-1'), 'x'), block({}), end], /gives -1 as a size/],
    ['a wrong check sum', [block({}).fill(0x41, 0, 3), end], /checksum/],
    ['no end mark', [entry('a.txt', 'a')], /end marker of the archive is missing/],
    ['nothing in it', [], /end marker of the archive is missing/],
    ['half a header', [block({}).subarray(0, 200)], /header is cut off/],
    ['a hole of zeros', [Buffer.alloc(17 * 1024 * 1024), entry('a.txt', 'a'), end], /gap/],
  ])('with %s says so', async (_, parts, message) => {
    const readings = await read(...parts)
    expect(readings.at(-1)).toMatchObject({
      problem: { reason: 'tar', message: expect.stringMatching(message) },
      end: Infinity,
    })
  })

  it('that is cut off between two samples gives all samples before, and says so', async () => {
    const [a] = await Promise.all([tarOf(...pair('a'), ...pair('b'))])
    expect(told(await read(a.subarray(0, 4 * 1024)))).toEqual(['a', 'b', expect.stringContaining('end mark')])
  })

  it('in gzip data that is cut off or damaged gives the samples before', async () => {
    const random = createRandom(1)
    const noise = Buffer.from(Array.from({ length: 300_000 }, () => 256 * random.uniform()))
    const packed = gzipSync(await tarOf(...pair('a'), ...pair('b'), ['c.jpg', noise], ['c.txt', 'c']))
    for (const bytes of [
      packed.subarray(0, -500),
      Buffer.from(packed).fill(0, packed.length - 600, packed.length - 500),
    ]) {
      expect(told(await read(bytes))).toEqual([
        'a',
        expect.stringMatching(/^tar: .*expected a gzip file; (it ends too early|invalid|incorrect)/),
      ])
    }
  })

  it('with a name of a megabyte has short messages', async () => {
    const name = 'n'.repeat(1_000_000)
    const readings = await read(entry('p', record('path', `${name}.txt`), 'x'), entry('a', '1'), end)
    expect(readings).toHaveLength(1)
    expect(JSON.stringify(readings).length).toBeLessThan(1000)
  })

  it('never hangs, whatever its bytes', async () => {
    const good = readFileSync('test/fixtures/data/layouts/text-0.tar')
    const edit = fc.record({ at: fc.nat({ max: 6000 }), byte: fc.nat({ max: 255 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 5 }), async (edits) => {
        const bytes = Buffer.from(good)
        for (const { at, byte } of edits) bytes[at] = byte
        const readings = await read(bytes)
        const places = readings.map(({ end }) => end)
        expect(places).toEqual([...places].sort((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })
})
