import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../../src/bytes/byte-source'
import { readZipDirectory } from '../../../src/checkpoint/torch/zip/directory'
import { readZipEntry } from '../../../src/checkpoint/torch/zip/entry'
import { extraField, text, wide, zipBytes, type ArchivePlan, type EntryPlan } from './builders/zip'

const entries: readonly EntryPlan[] = [
  { name: 'archive/data.pkl', data: text('a pickle') },
  { name: 'archive/data/0', data: new Uint8Array(1000).fill(7) },
]
const [first, second] = entries as [EntryPlan, EntryPlan]

/** Reads every entry. */
async function readAll(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const source = bufferSource(bytes)
  const contents = new Map<string, Uint8Array>()
  for (const [name, entry] of await readZipDirectory(source)) contents.set(name, await readZipEntry(source, entry))
  return contents
}

/** Expects a typed error that describes the problem. */
async function expectRefusal(plan: readonly EntryPlan[], message: RegExp, archive?: ArchivePlan): Promise<void> {
  await expectBroken(zipBytes(plan, archive), message)
}

async function expectBroken(bytes: Uint8Array, message: RegExp): Promise<void> {
  await expect(readAll(bytes)).rejects.toMatchObject({
    code: expect.stringMatching(/ZIP_INVALID|OUT_OF_RANGE/),
    message: expect.stringMatching(message),
  })
}

describe('a well-formed archive', () => {
  it.each([
    ['stored', entries, undefined],
    ['deflated', entries.map((entry) => ({ ...entry, deflated: true })), undefined],
    ['with zip64 records', entries, { zip64: {} }],
    ['with a comment', entries, { comment: text('made by hand') }],
    ['without CRCs, as PyTorch writes on request', entries.map((entry) => ({ ...entry, crc: 0 })), undefined],
  ])('is read: %s', async (_, plan, archive) => {
    const contents = await readAll(zipBytes(plan, archive))
    for (const { name, data } of entries) expect(Buffer.from(contents.get(name)!).equals(data)).toBe(true)
  })

  it('is read in part, without the rest', async () => {
    const source = bufferSource(zipBytes([{ name: 'a/big', data: new Uint8Array(500_000).map((_, i) => i % 256) }]))
    const directory = await readZipDirectory(source)
    const before = source.bytesRead
    const part = await readZipEntry(source, directory.get('a/big')!, undefined, 300_000, 4)
    expect([...part]).toEqual([300_000, 300_001, 300_002, 300_003].map((value) => value % 256))
    expect(source.bytesRead - before).toBeLessThan(200)
  })
})

describe('a broken archive is refused', () => {
  it('when it is cut at any length', async () => {
    const whole = zipBytes(entries)
    for (let length = 0; length < whole.length; length += 13) await expectBroken(whole.subarray(0, length), /./)
    await expectBroken(whole.subarray(0, -1), /cut off|end record/)
  })

  it('with a fake end record in its comment', async () => {
    const fake = zipBytes([]).slice()
    await expectRefusal(entries, /two end records/, { comment: fake })
  })

  it('with bytes after its end', async () => {
    await expectRefusal(entries, /bytes follow its end record/, { trailing: text('junk') })
  })

  it('with bytes before its first entry', async () => {
    await expectRefusal(entries, /bytes precede the first entry/, { leading: text('#!/bin/sh\n') })
  })

  it.each([0, 1, 3, 65_535])('if the end record counts %d entries instead of two', async (count) => {
    await expectRefusal(entries, /entries|directory/, { count })
  })

  it.each([0, 5, 2 ** 31])('if the end record puts the directory at the wrong byte %d', async (directoryOffset) => {
    await expectRefusal(entries, /does not end where its end record starts/, { directoryOffset })
  })

  it.each([
    ['an offset', { offset: 2n ** 53n }],
    ['a size', { size: 2n ** 64n - 1n }],
    ['a count', { count: 2n ** 60n }],
  ])('with %s beyond 2^53 in its zip64 record', async (_, zip64) => {
    await expectRefusal(entries, /beyond 2\^53/, { zip64 })
  })

  it('if zip64 records contradict the end record', async () => {
    await expectRefusal(entries, /contradict/, { zip64: { count: 3n } })
  })

  it('if the zip64 field of an entry goes beyond 2^53, or is missing, too short or doubled', async () => {
    const withField = (extra: Uint8Array) => [{ ...first, size: 0xffffffff, centralExtra: extra }, second]
    await expectRefusal(withField(extraField(1, wide(2n ** 53n))), /'archive\/data.pkl' has a size or offset beyond/)
    await expectRefusal(withField(new Uint8Array()), /lacks the zip64 field/)
    await expectRefusal(withField(extraField(1, new Uint8Array(4))), /too short/)
    const field = extraField(1, wide(8n))
    await expectRefusal(withField(Buffer.concat([field, field])), /two zip64 fields/)
  })

  it('if an entry overlaps another', async () => {
    await expectRefusal([first, { ...second, headerOffset: 10 }], /overlaps/)
    await expectRefusal([first, { ...second, headerOffset: 0 }], /overlaps/)
  })

  it('if an entry extends into the directory', async () => {
    await expectRefusal([first, { ...second, size: 1010, compressedSize: 1010 }], /overlaps|extends beyond/)
  })

  it('if the local header gives an entry another name', async () => {
    await expectRefusal([first, { ...second, localName: 'archive/data/1' }], /is called 'archive\/data\/1'/)
  })

  it('if two entries have the same name', async () => {
    await expectRefusal([first, { ...second, name: first.name }], /two entries have the name/)
  })

  it.each(['../x', 'a/../../x', '/etc/passwd', 'a\\b', 'a\0b', ''])(
    'if an entry has the unsafe name %j',
    async (name) => {
      await expectRefusal([first, { ...second, name }], /unsafe name/)
    },
  )

  it('if an entry is a decompression bomb, before memory is allocated', async () => {
    const bomb = { name: 'bomb', data: new Uint8Array(1000), deflated: true }
    await expectRefusal([{ ...bomb, size: 2 ** 31 }], /claims 2147483648 bytes from \d+ deflated ones/)
    const noise = randomBytes(600_000)
    await expectRefusal(
      [{ ...bomb, data: noise, size: 300_000_000 }],
      /claims 300000000 bytes from \d{6} deflated ones/,
    )
    await expectRefusal([{ ...bomb, size: 10 }], /more than the 10 bytes/)
    await expectRefusal([{ ...bomb, size: 1010 }], /1000 bytes, not the 1010/)
  })

  it('if a stored entry has two sizes', async () => {
    await expectRefusal([first, { ...second, size: 2000 }], /stored but has two sizes, 2000 and 1000/)
  })

  it.each([
    ['encrypted', { flags: 1 }, /encrypted/],
    ['strongly encrypted', { flags: 0x40 }, /encrypted/],
    ['compressed by an unknown method', { method: 14 }, /compression method 14/],
    ['on another disk', { disk: 1 }, /disk 1/],
  ])('if an entry is %s', async (_, lie, message) => {
    await expectRefusal([first, { ...second, ...lie }], message)
  })

  it('if it spans several disks', async () => {
    await expectRefusal(entries, /one part of several/, { diskNumber: 1 })
  })

  it('if the CRC of an entry does not match its contents', async () => {
    await expectRefusal(
      [first, { ...second, crc: 0x12345678 }],
      /'archive\/data\/0' is damaged: its CRC is .* 12345678/,
    )
    await expectRefusal([first, { ...second, deflated: true, crc: 1 }], /damaged/)
  })

  it('if it claims ten million entries', async () => {
    await expectRefusal(entries, /claims 10000000 entries|contradict/, { count: 65_535, zip64: { count: 10_000_000n } })
  })

  it.each([
    ['a length beyond its end', extraField(0xcafe, new Uint8Array(2), 200)],
    ['half a header', Uint8Array.of(1, 0, 4)],
  ])('if an extra field has %s', async (_, centralExtra) => {
    await expectRefusal([first, { ...second, centralExtra }], /malformed extra field/)
  })
})
