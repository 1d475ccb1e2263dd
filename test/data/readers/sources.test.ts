/** Data sets written by other programs: each is read correctly, or refused with a description. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, describe, expect, it } from 'vitest'
import { LongCaptionDataset } from '../../../src/data/dataset.node.ts'
import type { OpenRecordsOptions } from '../../../src/data/readers/open-records'
import type { Reading } from '../../../src/data/shard'
import { collect } from '../collect'

const root = mkdtempSync(join(tmpdir(), 'dreamlip-sources-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

type Files = Readonly<Record<string, string | Uint8Array>>
let folders = 0

/** Writes files into a new folder. */
function write(files: Files): string {
  const folder = join(root, String(folders++))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

async function tar(files: Files): Promise<Uint8Array> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, Buffer.from(content))
  archive.finalize()
  return Buffer.concat(await collect(archive as unknown as AsyncIterable<Buffer>))
}

/** Image, raw caption and other captions of each sample, or its problem. */
function brief(readings: readonly Reading[], folder = ''): unknown[] {
  return readings.map((reading) => {
    if ('problem' in reading) return reading.problem.message
    const { key, image, raw, captions } = reading.record
    const place = typeof image === 'string' ? image.replace(`${folder}/`, '') : key
    return Object.keys(captions).length === 0 ? [place, raw] : [place, raw, captions.other ?? captions]
  })
}

async function open(files: Files, name: string, options?: OpenRecordsOptions) {
  const folder = write(files)
  const data = await LongCaptionDataset.open(join(folder, name), options)
  const readings = await collect(data.readings())
  expect(readings).toHaveLength(data.size)
  return { data, folder, samples: brief(readings, folder) }
}

const lines = (...records: object[]) => records.map((record) => JSON.stringify(record)).join('\n')
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')
const utf16BE = (text: string) => Buffer.from(utf16(text)).swap16()
const latin1 = (text: string) => Buffer.from(text, 'latin1')

const two = [
  ['a.jpg', 'A dog.'],
  ['b.jpg', 'Two cats, one "black", sit.'],
]
const csv = 'image,caption\na.jpg,A dog.\nb.jpg,"Two cats, one ""black"", sit."\n'
const jsonl = lines({ image: 'a.jpg', caption: 'A dog.' }, { image: 'b.jpg', caption: two[1]![1] })

describe('a table', () => {
  it.each<[string, string, string | Uint8Array, string]>([
    ['of commas', 'a.csv', csv, 'csv'],
    ['with a byte order mark', 'a.csv', `\ufeff${csv}`, 'csv'],
    ['in UTF-16', 'a.csv', utf16(csv), 'csv (UTF-16LE)'],
    ['in big-endian UTF-16', 'a.csv', utf16BE(csv), 'csv (UTF-16BE)'],
    ['in UTF-16 without a byte order mark', 'a.csv', utf16(csv).subarray(2), 'csv (UTF-16LE)'],
    ['gzipped', 'a.csv.gz', gzipSync(csv), 'csv (gzip)'],
    ['gzipped, in UTF-16', 'a.csv.gz', gzipSync(utf16(csv)), 'csv (gzip, UTF-16LE)'],
    ['gzipped, but not named .gz', 'a.csv', gzipSync(csv), 'csv (gzip)'],
    [
      'gzipped in several members',
      'a.csv.gz',
      Buffer.concat([csv.slice(0, 20), csv.slice(20)].map((part) => gzipSync(part))),
      'csv (gzip)',
    ],
    ['with the line ends of old Macs', 'a.csv', csv.replaceAll('\n', '\r'), 'csv'],
    ['with the line ends of Windows', 'a.csv', csv.replaceAll('\n', '\r\n'), 'csv'],
    ['of tabs, without quoting', 'a.tsv', `image\tcaption\na.jpg\tA dog.\nb.jpg\t${two[1]![1]}\n`, 'csv'],
    ['of semicolons', 'a.csv', `image;caption\na.jpg;A dog.\nb.jpg;"Two cats, one ""black"", sit."\n`, 'csv'],
    [
      'of bars and spaces',
      'a.csv',
      `image_name| comment_number| comment\na.jpg| 0| A dog.\nb.jpg| 1| ${two[1]![1]}\n`,
      'csv',
    ],
    ['named .txt', 'captions.txt', csv, 'csv'],
    ['without a file extension', 'captions', csv, 'csv'],
    ['without a header', 'a.tsv', `A dog.\ta.jpg\n${two[1]![1]}\tb.jpg\n`, 'csv'],
    ['without a header, image first', 'a.csv', csv.split('\n').slice(1).join('\n'), 'csv'],
    [
      'with a column of row numbers',
      'a.csv',
      `,image,caption\n0,a.jpg,A dog.\n1,b.jpg,"Two cats, one ""black"", sit."\n`,
      'csv',
    ],
  ])('%s is read', async (_, name, content, layout) => {
    const { data, samples } = await open({ [name]: content }, name)
    expect(samples).toEqual(two)
    expect(data.layouts).toEqual([layout])
  })

  it('without a header is read with a message', async () => {
    const { data } = await open({ 'a.tsv': 'A dog.\thttp://a/b\n' }, 'a.tsv')
    expect(data.guesses.join()).toContain('column 2 is used as image, column 1 as raw')
  })

  it('in Windows-1252 is read as that, with a message', async () => {
    const { data, samples } = await open(
      { 'a.csv': latin1('image,caption\na.jpg,Un caf\xe9 \xe0 la fen\xeatre \x96 5 \x80.\n') },
      'a.csv',
    )
    expect(samples).toEqual([['a.jpg', 'Un café à la fenêtre – 5 €.']])
    expect(data.guesses.join()).toContain('Windows-1252')
  })

  it.each<[string, Uint8Array]>([
    ['Cyrillic', Buffer.from([0xca, 0xee, 0xf8, 0xea, 0xe0, 0x20, 0xf1, 0xef, 0xe8, 0xf2])],
    ['Chinese', Buffer.from([0xb9, 0xb7, 0xd4, 0xda, 0xc5, 0xdc])],
    ['Japanese', Buffer.from([0x8c, 0xa2, 0x82, 0xaa, 0x91, 0x96, 0x82, 0xe9])],
  ])('in an encoding of %s loses its rows rather than reading garbage', async (_, text) => {
    const { samples } = await open(
      { 'a.csv': Buffer.concat([Buffer.from('image,caption\na.jpg,'), text, Buffer.from('\nb.jpg,A cat.\n')]) },
      'a.csv',
    )
    expect(samples).toEqual([expect.stringContaining('neither UTF-8 nor Windows-1252'), ['b.jpg', 'A cat.']])
  })

  it('in UTF-8 loses a row whose bytes are damaged', async () => {
    const bytes = Buffer.concat([
      Buffer.from('image,caption\na.jpg,Café\nb.jpg,'),
      latin1('caf\xe9'),
      Buffer.from('\n'),
    ])
    const { samples } = await open({ 'a.csv': bytes }, 'a.csv')
    expect(samples).toEqual([['a.jpg', 'Café'], expect.stringContaining('not UTF-8')])
  })

  it.each<[string, unknown]>([
    [`"['A dog runs.', 'It\\'s ""red"".']"`, ['A dog runs.', `It's "red".`]],
    [`"[""A dog's."", 'B']"`, ["A dog's.", 'B']],
    [`"[""A"", ""B\\u00e9""]"`, ['A', 'Bé']],
    [`"['A'\n 'B']"`, ['A', 'B']],
    ['[]', []],
    ['[sic] A dog.', '[sic] A dog.'],
    ['"[\'A\', ...]"', 'refused'],
  ])('reads the cell %s', async (cell, expected) => {
    const { samples } = await open({ 'a.csv': `image,captions\na.jpg,${cell}\n` }, 'a.csv')
    if (expected === 'refused') expect(samples).toEqual([expect.stringContaining('looks like a list of captions')])
    else if (typeof expected === 'string') expect(samples).toEqual([['a.jpg', expected]])
    else {
      const [first = '', ...rest] = expected as string[]
      expect(samples).toEqual([rest.length === 0 ? ['a.jpg', first] : ['a.jpg', first, rest]])
    }
  })

  it.each<[string, string, RegExp]>([
    [
      'without a column of captions',
      'image,width\na.jpg,7\n',
      /expected a column of captions; the columns are "image", "width"/,
    ],
    [
      'without a column of images',
      'id,caption\n7,A dog\n',
      /expected a column of image paths; the columns are "id", "caption"/,
    ],
    ['with more columns than tables have', `${'a,'.repeat(100_000)}b\n`, /at most 4096 columns; got 100001/],
    ['of data in an unknown order', 'a.jpg,A,B\nb.jpg,C,D\n', /expected a header .* the first row is data/],
    ['that is a page', '<!DOCTYPE html><html>', /an HTML page/],
    ['that is JSON', '{"image": "a.jpg", "caption": "A"}\n', /expected a table; found JSON/],
  ])('%s is refused', async (_, content, message) => {
    const opening = open({ 'a.csv': content }, 'a.csv')
    await expect(opening).rejects.toMatchObject({ code: 'DATA_INVALID', message: expect.stringMatching(message) })
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 20), /was cut/],
    ['damaged', (bytes) => bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 9), /expected a gzip file/],
  ])('whose gzip is %s is refused', async (_, change, message) => {
    const rows = Array.from({ length: 2000 }, (_, i) => `${i * 7919}.jpg,caption ${i ** 3}`)
    const packed = gzipSync(`image,caption\n${rows.join('\n')}\n`)
    const opening = open({ 'a.csv.gz': change(packed) }, 'a.csv.gz')
    await expect(opening).rejects.toMatchObject({ code: 'DATA_INVALID', message: expect.stringMatching(message) })
  })

  it('continues from any position, gzipped and in UTF-16 too', async () => {
    for (const content of [gzipSync(csv), utf16(csv)]) {
      const folder = write({ 'a.csv': content })
      const { openRecords } = await import('../../../src/data/readers/open-records.node.ts')
      const [shard] = (await openRecords(join(folder, 'a.csv'))).shards
      const all = await collect(shard!.read())
      for (const [i, { end }] of all.entries()) expect(await collect(shard!.read(end))).toEqual(all.slice(i + 1))
    }
  })
})

describe('JSON', () => {
  it.each<[string, string, string | Uint8Array, string]>([
    ['Lines', 'a.jsonl', jsonl, 'jsonl'],
    ['Lines named .ndjson', 'a.ndjson', `${jsonl}\n\n`, 'jsonl'],
    ['Lines named .json', 'a.json', jsonl, 'jsonl'],
    ['Lines, gzipped', 'a.jsonl.gz', gzipSync(jsonl), 'jsonl (gzip)'],
    ['in a list', 'a.json', `[${jsonl.replace('\n', ',\n')}]`, 'json'],
    ['in a list, gzipped', 'a.json.gz', gzipSync(`[${jsonl.replace('\n', ',')}]`), 'json (gzip)'],
    ['in a list, in UTF-16', 'a.json', utf16(`[${jsonl.replace('\n', ',')}]`), 'json (UTF-16LE)'],
    ['of objects one after another', 'a.json', jsonl.replaceAll('{', '{\n').replace('\n{', '{'), 'json'],
    [
      'in a list within an object',
      'a.json',
      `{"version": [1], "data": [${jsonl.replace('\n', ',')}], "end": 1}`,
      'json',
    ],
    ['with an unknown file extension', 'a.data', jsonl, 'jsonl'],
  ])('%s is read', async (_, name, content, layout) => {
    const { data, samples } = await open({ [name]: content }, name)
    expect(samples).toEqual(two)
    expect(data.layouts).toEqual([layout])
  })

  it('Lines lose a line that is broken, and no other', async () => {
    const content = `${lines({ image: 'a', caption: 'A' })}\n{"image": "b", "capt\n7\n${lines({ image: 'd', caption: 'D' })}`
    const { samples } = await open({ 'a.jsonl': content }, 'a.jsonl')
    expect(samples).toEqual([['a', 'A'], expect.stringContaining('not JSON'), 'it is not a JSON object', ['d', 'D']])
  })

  it.each([
    '[{"image": "a", "caption": "A"}, {"image": "b", "ca',
    '[{"image": "a", "caption": "A"}',
    '[{"image": "a", "caption": "A"} 7',
  ])('that breaks off, %j, says that samples are lost', async (content) => {
    const { data, samples } = await open({ 'a.json': content }, 'a.json')
    expect(samples).toEqual([['a', 'A'], expect.stringContaining('the rest of the file is lost')])
    expect(data.guesses.join()).toContain('the rest of the file is lost')
  })

  it.each<[string, unknown]>([
    ['{"image": "a", "caption": "A", "caption": "B"}', 'it has the key caption twice'],
    ['{"image": "a", "caption": {"caption": "A", "text": "B"}}', ['a', 'A']],
    ['{"image": "a", "caption": [["A"], ["B", ["C"]]]}', ['a', 'A', ['B', 'C']]],
    ['{"image": "a", "caption": null}', ['a', '']],
    ['{"image": "a", "caption": NaN, "long_caption": "L", "x": -Infinity}', ['a', '', { longIB: 'L' }]],
    ['{"image": "a", "caption": "NaN, she said"}', ['a', 'NaN, she said']],
    ['{"image": "a", "caption": 7}', expect.stringContaining('got number 7')],
    ['{"image": "a", "caption": ["A", 7]}', expect.stringContaining('got number 7')],
    ['{"image": "", "caption": "A"}', 'it has no image path'],
    ['{"image": null, "caption": "A"}', 'it has no image path'],
    ['{"image": ["a"], "caption": "A"}', ['a', 'A']],
    ['{"image": "a", "caption": "\\ud800"}', ['a', '\ud800']],
    [`{"image": "a", "caption": "${'A cat. '.repeat(15_000)}"}`, ['a', 'A cat. '.repeat(15_000)]],
    [`{"image": "a", "caption": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, expect.stringContaining('too deep')],
    ['{"__proto__": "x", "image": "a", "caption": "A"}', ['a', 'A']],
  ])('reads the captions of the record %.60s, or says why it cannot', async (record, expected) => {
    const good = lines({ image: 'z', caption: 'Z' })
    const { samples } = await open({ 'a.jsonl': `${record}\n${good}` }, 'a.jsonl')
    expect(samples).toEqual([expected, ['z', 'Z']])
  })

  it('of records without captions is refused, and the error names the keys', async () => {
    const opening = open({ 'a.jsonl': lines({ image: 'a', width: 7 }, { image: 'b', width: 7 }) }, 'a.jsonl')
    const message = expect.stringContaining('expected a column of captions; the columns are "image", "width"') as string
    await expect(opening).rejects.toMatchObject({ code: 'DATA_INVALID', message })
  })

  it('of conversations gives the answers', async () => {
    const turns = (...said: string[]) => said.map((value, i) => ({ from: i % 2 === 0 ? 'human' : 'gpt', value }))
    const records = [
      { id: 1, image: 'a.jpg', conversations: turns('<image>\nDescribe.', 'A dog.') },
      { id: 2, image: 'b.jpg', conversations: turns('What?', 'A cat.', 'Where?', '<image>On a mat.') },
    ]
    const chat = {
      images: ['c.jpg'],
      messages: [
        { role: 'user', content: 'What?' },
        { role: 'assistant', content: 'A bus.' },
      ],
    }
    const list = await open({ 'a.json': JSON.stringify(records) }, 'a.json')
    expect(list.samples).toEqual([
      ['a.jpg', 'A dog.'],
      ['b.jpg', 'A cat.', ['On a mat.']],
    ])
    expect((await open({ 'a.jsonl': lines(...records) }, 'a.jsonl')).samples).toEqual(list.samples)
    expect((await open({ 'a.jsonl': lines(chat) }, 'a.jsonl')).samples).toEqual([['c.jpg', 'A bus.']])
  })

  it('of DOCCI has splits', async () => {
    const record = (id: string, split: string) => ({
      example_id: id,
      split,
      image_file: `${id}.jpg`,
      description: `Of ${id}.`,
    })
    const content = lines(record('a', 'train'), record('b', 'test'), record('c', 'train'))
    expect((await open({ 'a.jsonlines': content }, 'a.jsonlines')).samples).toHaveLength(3)
    const { data } = await open({ 'a.jsonlines': content }, 'a.jsonlines', { split: 'train' })
    expect(brief(await collect(data.readings())).flat()).toEqual(expect.arrayContaining(['Of a.', 'Of c.']))
    expect(data.size).toBe(2)
    await expect(open({ 'a.jsonl': content }, 'a.jsonl', { split: 'dev' })).rejects.toMatchObject({
      code: 'DATA_EMPTY',
    })
    await expect(open({ 'a.jsonl': jsonl }, 'a.jsonl', { split: 'train' })).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('a column of splits, named split'),
    })
  })

  it('of COCO gives each image once, with all its captions', async () => {
    const images = [1, 2, 3].map((id) => ({ id, file_name: `${id}.jpg`, height: 7 }))
    const annotations = [
      { id: 9, image_id: 2, caption: 'Two.' },
      { id: 8, image_id: 1, caption: 'One.' },
      { id: 7, image_id: 2, caption: 'A pair.' },
      { id: 6, image_id: 99, caption: 'Of none.' },
    ]
    const expected = [
      ['1.jpg', 'One.'],
      ['2.jpg', 'Two.', ['A pair.']],
      'it has no caption',
      expect.stringContaining('belongs to image 99'),
    ]
    for (const object of [
      { info: {}, licenses: [{}], images, annotations },
      { annotations, images },
    ]) {
      const { data, samples } = await open({ 'captions.json': JSON.stringify(object, null, 1) }, 'captions.json')
      expect([data.layouts, samples]).toEqual([['coco'], expected])
    }
    const instances = { images, annotations: [{ image_id: 1, bbox: [1, 2, 3, 4] }] }
    await expect(open({ 'a.json': JSON.stringify(instances) }, 'a.json')).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('image_id, bbox'),
    })
    const cut = JSON.stringify({ images, annotations }).slice(0, -30)
    expect((await open({ 'a.json': cut }, 'a.json')).data.guesses.join()).toContain('the rest of the file is lost')
  })

  it('of Karpathy gives each image of the requested split once', async () => {
    const image = (id: number, split: string) => ({
      filepath: 'val2014',
      sentids: [1, 2],
      filename: `${id}.jpg`,
      imgid: id,
      split,
      sentences: [{ tokens: ['a', 'dog'], raw: `A dog ${id}.`, imgid: id }, { raw: 'It runs.' }],
    })
    const content = JSON.stringify({ images: [image(1, 'train'), image(2, 'test')], dataset: 'coco' })
    const all = await open({ 'dataset_coco.json': content }, 'dataset_coco.json')
    expect([all.data.layouts, all.samples]).toEqual([
      ['karpathy'],
      [1, 2].map((id) => [`val2014/${id}.jpg`, `A dog ${id}.`, ['It runs.']]),
    ])
    const test = await open({ 'd.json': content }, 'd.json', { split: ['test', 'val'] })
    expect(test.samples).toEqual([['val2014/2.jpg', 'A dog 2.', ['It runs.']]])
  })
})

describe('a folder', () => {
  const picture = Buffer.from('picture')

  it('of img2dataset’s shards gives each image once', async () => {
    const files: Record<string, Uint8Array> = {}
    for (const key of ['000000000', '000000001']) {
      const json = JSON.stringify({ caption: `Of ${key}.`, url: `http://a/${key}`, key, status: 'success', width: 7 })
      Object.assign(files, {
        [`${key}.jpg`]: picture,
        [`${key}.txt`]: Buffer.from(`Of ${key}.`),
        [`${key}.json`]: Buffer.from(json),
      })
    }
    const stats = '{"count": 2, "successes": 2}'
    const expected = Object.keys(files)
      .filter((name) => name.endsWith('jpg'))
      .map((name) => name.slice(0, -4))
    const shards = {
      '00000.tar': await tar(files),
      '00000.parquet': 'PAR1',
      '00000_stats.json': stats,
      '._00000.tar': 'x',
    }
    expect((await open(shards, '')).samples).toEqual(expected.map((key) => [key, `Of ${key}.`]))
    const inFolder = Object.fromEntries(Object.entries(files).map(([name, content]) => [`00000/${name}`, content]))
    const loose = await open({ ...inFolder, '00000.parquet': 'PAR1', '00000_stats.json': stats }, '')
    expect(loose.samples).toEqual(expected.map((key) => [`00000/${key}.jpg`, `Of ${key}.`]))
  })

  it('is read without the files that macOS leaves in it', async () => {
    const files = {
      'a.jpg': 'x',
      'a.txt': 'A dog.',
      '._a.jpg': 'x',
      '._a.txt': 'x',
      '__MACOSX/a.jpg': 'x',
      '.DS_Store': 'x',
    }
    expect((await open(files, '')).samples).toEqual([['a.jpg', 'A dog.']])
    expect((await open({ 'a.tar': await tar(files) }, 'a.tar')).samples).toEqual([['a', 'A dog.']])
  })

  it('may contain texts in every encoding', async () => {
    const texts = { a: '\ufeffA dog.', b: utf16('Two cats.'), c: latin1('Un caf\xe9'), d: '一只狗 🐶' }
    const files = Object.entries(texts).flatMap(([key, text]) => [
      [`${key}.jpg`, 'x'],
      [`${key}.txt`, text],
    ])
    const bad = { 'e.jpg': 'x', 'e.txt': Buffer.from([0xff, 0xfe, 0x00, 0xd8]) }
    const expected = [
      ['a', 'A dog.'],
      ['b', 'Two cats.'],
      ['c', 'Un café'],
      ['d', '一只狗 🐶'],
    ]
    const all = { ...(Object.fromEntries(files) as Files), ...bad }
    const { data, samples } = await open(all, '')
    expect(samples).toEqual([
      ...expected.map(([key, text]) => [`${key}.jpg`, text]),
      expect.stringContaining('UTF-16LE'),
    ])
    expect(data.guesses.join()).toContain('Windows-1252')
    expect((await open({ 'a.tar': await tar(all) }, 'a.tar')).samples).toEqual([
      ...expected,
      expect.stringContaining('UTF-16LE'),
    ])
  })

  it.each<[string, Files, OpenRecordsOptions, unknown[]]>([
    ['of metadata.jsonl', { 'metadata.jsonl': jsonl.replaceAll('"image"', '"file_name"'), 'a.jpg': 'x' }, {}, two],
    ['of metadata.csv', { 'metadata.csv': csv.replace('image,caption', 'file_name,text'), 'a.jpg': 'x' }, {}, two],
    [
      'of metadata in the folders of splits',
      {
        'train/metadata.jsonl': lines({ file_name: 'a.jpg', text: 'A' }),
        'test/metadata.jsonl': lines({ file_name: 'b.jpg', text: 'B' }),
      },
      { split: 'train' },
      [['train/a.jpg', 'A']],
    ],
    [
      'whose metadata.csv is another’s',
      { 'metadata.csv': 'author,year\nx,1\n', 'a.jpg': 'x', 'a.txt': 'A' },
      {},
      [['a.jpg', 'A']],
    ],
  ])('%s is read', async (_, files, options, expected) => {
    expect((await open(files, '', options)).samples).toEqual(expected)
  })

  it('of shards in folders can be limited to a split', async () => {
    const shard = (key: string) => tar({ [`${key}.jpg`]: 'x', [`${key}.txt`]: key })
    const files = {
      'README.md': 'Hello',
      'data/train-00000-of-00002.tar': await shard('a'),
      'data/train-00001-of-00002.tar': await shard('b'),
      'data/test-00000-of-00001.tar': await shard('c'),
    }
    const { data, samples } = await open(files, '')
    expect(samples).toEqual([
      ['c', 'c'],
      ['a', 'a'],
      ['b', 'b'],
    ])
    expect(data.guesses.join()).toContain('all splits are read: test, train')
    expect((await open(files, '', { split: 'train' })).samples).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ])
    await expect(open(files, '', { split: 'val' })).rejects.toMatchObject({ code: 'DATA_EMPTY' })
  })

  it('without captions is refused, and the error names the tables in it', async () => {
    const opening = open({ 'a.jpg': 'x', 'captions.csv': csv }, '')
    await expect(opening).rejects.toMatchObject({
      code: 'DATA_EMPTY',
      message: expect.stringContaining('open that file: captions.csv'),
    })
  })
})

describe('a tar archive', () => {
  it.each(['a.tar.gz', 'a.tgz'])('gzipped, %s, is read from any position on', async (name) => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].flatMap((key) => [
        [`${key}.jpg`, 'x'],
        [`${key}.txt`, key],
      ]),
    )
    const { samples, folder } = await open({ [name]: gzipSync(await tar(files as Files)) }, name)
    expect(samples).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ])
    const { openRecords } = await import('../../../src/data/readers/open-records.node.ts')
    const [shard] = (await openRecords(join(folder, name))).shards
    const all = await collect(shard!.read())
    for (const [i, { end }] of all.entries()) expect(await collect(shard!.read(end))).toEqual(all.slice(i + 1))
  })

  it('whose .json files contain no captions is refused, and the error names their keys', async () => {
    const archive = await tar({ 'a.jpg': 'x', 'a.json': '{"width": 7, "url": "x"}' })
    await expect(open({ 'a.tar': archive }, 'a.tar')).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('its keys are width, url'),
    })
  })

  it('that is something else is refused, and the error says what it is', async () => {
    const opening = open({ 'a.tar': Buffer.from('PAR1 and so on') }, 'a.tar')
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining('found a Parquet file') })
  })
})

describe('locations in the data', () => {
  const outside = join(root, 'outside.jpg')
  writeFileSync(outside, 'secret')
  const refusedPaths = [
    outside,
    `file://${outside}`,
    '../outside.jpg',
    'a/../../outside.jpg',
    '..\\outside.jpg',
    '%2e%2e%2foutside.jpg',
    '%252e%252e%252foutside.jpg',
    '..%5coutside.jpg',
    'C:\\outside.jpg',
    '\\\\server\\outside.jpg',
    'ftp://a/b.jpg',
    'a\0.jpg',
    'http://',
    'http://[',
    'x'.repeat(10_000),
  ]
  const layouts: Record<string, (path: string) => Files> = {
    'a.jsonl': (path) => ({ 'a.jsonl': lines({ image: path, caption: 'A' }, { image: 'b.jpg', caption: 'B' }) }),
    'a.json': (path) => ({
      'a.json': JSON.stringify({
        images: [path, 'b.jpg'].map((name, id) => ({ id, file_name: name })),
        annotations: ['A', 'B'].map((caption, id) => ({ image_id: id, caption })),
      }),
    }),
    'a.csv': (path) => ({ 'a.csv': `image,caption\n"${path}",A\nb.jpg,B\n` }),
    'a.txt': (path) => ({
      'a.txt': '1.json\n2.json\n',
      '1.json': lines({ image: path, caption: 'A' }),
      '2.json': lines({ image: 'b.jpg', caption: 'B' }),
    }),
  }
  for (const [name, files] of Object.entries(layouts)) {
    it.each(refusedPaths)(`in ${name} may not be %j`, async (path) => {
      const { samples } = await open(files(path), name)
      expect(samples).toEqual([expect.any(String), ['b.jpg', 'B']])
    })
  }

  it('cannot be JSON files outside of an index’s folder', async () => {
    writeFileSync(join(root, 'outside.json'), lines({ image: 'a', caption: 'A' }))
    const paths = [join(root, 'outside.json'), '../outside.json', 'link.json', '%2e%2e%2foutside.json', 'b.json']
    const folder = write({ 'a.txt': paths.join('\n'), 'b.json': lines({ image: 'b', caption: 'B' }) })
    symlinkSync(join(root, 'outside.json'), join(folder, 'link.json'))
    const data = await LongCaptionDataset.open(join(folder, 'a.txt'))
    const samples = brief(await collect(data.readings()), folder)
    expect(samples).toEqual([...Array.from({ length: 4 }, () => expect.any(String) as string), ['b', 'B']])
    const free = await LongCaptionDataset.open(join(folder, 'a.txt'), { absolutePaths: true })
    expect(brief(await collect(free.readings()), folder).slice(0, 3)).toEqual([
      ['a', 'A'],
      ['a', 'A'],
      ['a', 'A'],
    ])
  })

  it('are shortened in messages', async () => {
    const folder = write({ 'a.txt': `b.json\n${'7'.repeat(5000)}`, 'b.json': lines({ image: 'b', caption: 'B' }) })
    const [, reading] = await collect((await LongCaptionDataset.open(join(folder, 'a.txt'))).readings())
    expect(JSON.stringify(reading).length).toBeLessThan(2200)
    expect(reading).toHaveProperty('problem')
  })

  it('may lead anywhere with the option that the error names', async () => {
    const file = layouts['a.csv']!(outside)
    expect((await open(file, 'a.csv')).samples[0]).toMatch(/absolutePaths \(--allow-absolute\)/)
    expect((await open(file, 'a.csv', { absolutePaths: true })).samples[0]).toEqual([outside, 'A'])
    const url = await open(layouts['a.csv']!(`file://${outside}`), 'a.csv', { absolutePaths: true })
    expect(url.samples[0]).toEqual([outside, 'A'])
    const up = await open(layouts['a.csv']!('../outside.jpg'), 'a.csv', { absolutePaths: true })
    expect(up.samples[0]).toEqual([outside, 'A'])
  })

  it('may be addresses and images inside the data', async () => {
    for (const path of ['https://a.b/c%ff.jpg', 'data:image/png;base64,AAAA', 'sub folder/a%20b.jpg', 'a/../c.jpg']) {
      const { samples } = await open({ 'a.jsonl': lines({ image: path, caption: 'A' }) }, 'a.jsonl')
      expect(samples).toEqual([[join('/', path).startsWith('/a/..') ? 'c.jpg' : path.replace('a/../', ''), 'A']])
    }
  })

  it('cannot lead out of the folder by a link', async () => {
    const folder = write({
      'a.csv': 'image,caption\nlink.jpg,A\nreal.jpg,B\nmissing.jpg,C\ninner.jpg,D\n',
      'real.jpg': 'x',
    })
    symlinkSync(outside, join(folder, 'link.jpg'))
    symlinkSync(join(folder, 'real.jpg'), join(folder, 'inner.jpg'))
    const read = async (options?: OpenRecordsOptions) =>
      brief(await collect((await LongCaptionDataset.open(join(folder, 'a.csv'), options)).readings()), folder)
    const rest = [
      ['real.jpg', 'B'],
      ['missing.jpg', 'C'],
      ['inner.jpg', 'D'],
    ]
    expect(await read()).toEqual([expect.stringContaining('a link leads out'), ...rest])
    expect(await read({ absolutePaths: true })).toEqual([['link.jpg', 'A'], ...rest])
  })

  it('by name are always in the folder of images, whatever the name decodes to', async () => {
    const paths = ['http://a/b/dog.jpg?w=9', 'x/%2e%2e%2foutside.jpg', 'c%ff.jpg', 'x/..', 'http://a/b%20c.jpg#top']
    const content = lines(...paths.map((image) => ({ image, caption: 'A' })))
    const { samples } = await open({ 'a.jsonl': content }, 'a.jsonl', { images: '/pictures', byName: true })
    expect(samples).toEqual([
      ['/pictures/dog.jpg', 'A'],
      ['/pictures/outside.jpg', 'A'],
      ['/pictures/c%ff.jpg', 'A'],
      expect.stringContaining('contains no file name'),
      ['/pictures/b c.jpg', 'A'],
    ])
  })

  it('cost one sample if the caller’s function fails on them', async () => {
    const images = (path: string) => {
      if (path === 'a.jpg') throw new Error('unknown')
      return `/x/${path}`
    }
    const { samples } = await open({ 'a.jsonl': jsonl }, 'a.jsonl', { images })
    expect(samples).toEqual([expect.stringContaining('unknown'), ['/x/b.jpg', two[1]![1]]])
  })
})
