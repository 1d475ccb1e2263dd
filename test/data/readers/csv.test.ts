import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openCSV } from '../../../src/data/readers/csv.node.ts'
import type { ColumnNames } from '../../../src/data/readers/records/columns'
import type { Reading } from '../../../src/data/shard'
import { collect } from '../collect'
import { pythonHas, runPython } from '../../parity/python'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const header =
  'Image Path,raw_caption,shortIB_captions,longIB_captions,shortSV_captions,longSV_captions,shortLLA_captions,longLLA_captions\n'
const row = (name: string, long = 'long') => `${name},raw,sib,${long},ssv,lsv,slla,llla\n`

let files = 0
function file(content: string | Uint8Array, name = `${files++}.csv`): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

async function read(path: string, from?: number, columns?: ColumnNames): Promise<Reading[]> {
  const { shard } = await openCSV(path, { columns }, (image) => image)
  return collect(shard.read(from))
}
const keys = (readings: readonly Reading[]) =>
  readings.map((reading) => ('record' in reading ? reading.record.key : reading.problem.message))

describe('a CSV file', () => {
  it('in the released layout is read as records', async () => {
    const readings = await read(file(`\ufeff${header}${row('http://a/1.jpg', '"It says ""hi"",\nthen waits."')}`))
    expect(readings).toMatchObject([
      {
        record: {
          key: 'http://a/1.jpg',
          image: 'http://a/1.jpg',
          raw: 'raw',
          captions: {
            shortIB: 'sib',
            longIB: 'It says "hi",\nthen waits.',
            shortSV: 'ssv',
            longSV: 'lsv',
            shortLLA: 'slla',
            longLLA: 'llla',
          },
        },
      },
    ])
  })

  it('continues from any position where a record ended', async () => {
    const path = file(`\ufeff${header}${row('a', '"two\nlines é"')}\r\n${row('b').replace('\n', '\r\n')}${row('c')}`)
    const all = await read(path)
    expect(keys(all)).toEqual(['a', 'b', 'c'])
    for (const [i, { end }] of all.entries()) expect(await read(path, end)).toEqual(all.slice(i + 1))
  })

  it('may be separated by tabs, with other columns in between', async () => {
    const readings = await read(file('id\tfilepath\tsize\ttitle\n1\ta.jpg\t9\tA cat, a dog\n'))
    expect(readings).toMatchObject([{ record: { image: 'a.jpg', raw: 'A cat, a dog', captions: {} } }])
  })

  it('reads back whatever its cells contain', async () => {
    const cell = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (rows) => {
        const lines = rows.map(([raw, long], i) => ['x.jpg' + i, raw, long].map(quoted).join(','))
        const readings = await read(file(`image,raw_caption,longIB_captions\n${lines.join('\n')}\n`, 'property.csv'))
        expect(
          readings.map((reading) => 'record' in reading && [reading.record.raw, reading.record.captions.longIB]),
        ).toEqual(rows)
      }),
      { numRuns: 60 },
    )
  })

  it.skipIf(!pythonHas('csv'))('of Python’s csv module is read as Python reads it', async () => {
    const path = join(folder, 'python.csv')
    const script = `
import csv, sys
rows = [["a.jpg", "plain", "two\\nlines"], ["b.jpg", 'quote " inside', "é, ☕"], ["c.jpg", "", " spaces "], ["d.jpg", "\\r\\n", '""']]
with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
    csv.writer(file).writerows([["image", "caption", "longSV_captions"]] + rows)`
    runPython(script, [path])
    const readings = await read(path)
    expect(
      readings.map((reading) => 'record' in reading && [reading.record.raw, reading.record.captions.longSV]),
    ).toEqual([
      ['plain', 'two\nlines'],
      ['quote " inside', 'é, ☕'],
      ['', ' spaces '],
      ['\r\n', '""'],
    ])
  })
})

describe('a broken CSV file', () => {
  it('loses one line if a quote is never closed', async () => {
    const readings = await read(
      file(header + row('a') + row('b', '"never closed') + row('c') + row('d', '"fine"') + row('e')),
    )
    expect(keys(readings)).toEqual(['a', expect.stringMatching(/quote/i), 'c', 'd', 'e'])
  })

  it('loses one line if the quote swallows the rest of the file', async () => {
    const readings = await read(file(header + row('a') + row('b', '"never closed') + row('c')))
    expect(keys(readings)).toEqual(['a', expect.stringMatching(/quote/i), 'c'])
  })

  it('needs no more memory for a field of 1 GB than for a row', async () => {
    const path = join(folder, 'large.csv')
    writeFileSync(path, `${header}${row('a')}b,raw,"`)
    // A sparse file of zeros takes no space on the disk.
    truncateSync(path, 2 ** 30)
    appendFileSync(path, `",1,2,3,4,5\n${row('c')}`)
    const before = process.memoryUsage().rss
    expect(keys(await read(path))).toEqual(['a', expect.stringMatching(/exceed|maximum/i), 'c'])
    expect(process.memoryUsage().rss - before).toBeLessThan(90e6)
    rmSync(path)
  })

  it('loses rows with NUL bytes, and rows with too few cells', async () => {
    const readings = await read(file(`${header}${row('a')}b\0,raw,1,2,3,4,5,6\nc,raw\n${row('d')}`))
    expect(keys(readings)).toEqual(['a', 'NUL bytes', '2 cells where the header has 8', 'd'])
    expect(readings[1]).toMatchObject({ problem: { reason: 'csv', sample: expect.stringMatching(/at byte \d+$/) } })
  })

  it('without a column of images says which columns there are', async () => {
    const opening = read(file('a,b\n1,2\n'))
    await expect(opening).rejects.toMatchObject({ code: 'DATA_INVALID', message: expect.stringContaining('"a", "b"') })
  })

  it('without a column that the caller names says so', async () => {
    const opening = read(file('image,b\n1,2\n'), undefined, { raw: 'title' })
    await expect(opening).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('"title" for raw'),
    })
  })

  it('that is empty says so', async () => {
    await expect(read(file(''))).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('empty'),
    })
  })
})

describe('columns', () => {
  const places = async (line: string) => (await openCSV(file(`${line}\n`), {}, (image) => image)).columns

  it.each([
    [
      'ImagePath,RawCaption,IBCaptionShort,IBCaptionLong,LLACaptionShort,LLACaptionLong,SVCaptionShort,SVCaptionLong',
      [0, 1, 2, 3, 6, 7, 4, 5],
    ],
    ['longSV_captions,url,raw_caption', [1, 2, undefined, undefined, undefined, 0, undefined, undefined]],
    ['c1,c2,c3,c4,c5,c6,c7,c8', [0, 1, 2, 3, 4, 5, 6, 7]],
  ])('of %s are found', async (line, expected) => {
    const { places: found } = await places(line)
    const roles = ['image', 'raw', 'shortIB', 'longIB', 'shortSV', 'longSV', 'shortLLA', 'longLLA'] as const
    expect(roles.map((role) => found[role])).toEqual(expected)
  })

  it('with names that only resemble the wanted ones are guessed, with a warning', async () => {
    const { places: found, guesses } = await places('image_id_url,caption_original,recaption_long')
    expect(found).toEqual({ image: 0, longIB: 2, raw: 1 })
    expect(guesses.join()).toMatch(/"recaption_long" is used as longIB.*"caption_original" is used as raw/s)
  })
})
