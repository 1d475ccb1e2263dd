/** Indexes of pictures: additions, removals, and the pictures that go through the model. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DreamLIP } from '../../../src/dreamlip'
import type { Progress } from '../../../src/progress'
import { DreamLIPError } from '../../../src/errors'
import { ImageIndex, type ImageRow } from '../../../src/search/images/image-index.node.ts'
import { createMemoryStore } from './memory-store'
import { createTinyModel, fill, png, temporaryFolder } from './pictures'

let model: DreamLIP
const root = temporaryFolder()
let count = 0

beforeAll(async () => {
  model = await createTinyModel()
})
afterAll(() => {
  model.dispose()
  rmSync(root, { recursive: true, force: true })
})

/** An index and a folder for its pictures. */
async function setUp(files: Parameters<typeof fill>[1] = {}) {
  const photos = join(root, `photos-${++count}`)
  mkdirSync(photos)
  await fill(photos, files)
  const store = createMemoryStore(8)
  const folder = join(root, `index-${count}`)
  return { photos, folder, store, index: await ImageIndex.open(folder, { model, store }) }
}

async function rowsOf(index: ImageIndex): Promise<ImageRow[]> {
  const rows: ImageRow[] = []
  for await (const row of index.rows()) rows.push(row)
  return rows.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function names(index: ImageIndex, photos: string): Promise<string[]> {
  return (await rowsOf(index)).map(({ path }) => path.slice(photos.length + 1))
}

const nothing = { broken: 0, huge: 0, unknown: 0, unreadable: 0 }

describe('what is added', () => {
  it('adds the pictures of a folder and of its subfolders, with their sizes and digests', async () => {
    const { photos, index, store } = await setUp({ 'a.png': 1, 'sub/b.png': 2, 'notes.txt': 'x', '.hidden.png': 3 })
    const counts = await index.add(photos)
    expect(counts).toEqual({
      files: 2,
      unchanged: 0,
      embedded: 2,
      copied: 0,
      removed: 0,
      ignored: 1,
      problems: nothing,
      newProblems: [],
    })
    const rows = await rowsOf(index)
    expect(rows.map(({ path }) => path)).toEqual([join(photos, 'a.png'), join(photos, 'sub', 'b.png')])
    const stats = statSync(rows[0]!.path)
    expect(rows[0]).toMatchObject({ size: stats.size, modified: stats.mtimeMs, taken: NaN, width: 8, height: 8 })
    const expected = (await model.encodeImage([rows[1]!.path])).data
    const vector = await store.vectors([rows[1]!.path])
    vector.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
  })

  it('decodes photographs fast, unless asked to decode them exactly', async () => {
    const { photos, index, store } = await setUp()
    const pixels = Buffer.from(Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * i * 31) % 256))
    const jpeg = await sharp(pixels, { raw: { width: 256, height: 256, channels: 3 } })
      .jpeg()
      .toBuffer()
    await fill(photos, { 'a.jpg': jpeg })
    for (const decode of ['fast', 'exact'] as const) {
      const path = join(photos, 'a.jpg')
      await index.remove(path)
      await index.add(photos, decode === 'fast' ? {} : { decode })
      const vector = await store.vectors([path])
      const expected = (await model.encodeImage([path], { decode })).data
      vector.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
    }
    const [fast, exact] = await Promise.all(
      (['fast', 'exact'] as const).map((decode) => model.encodeImage([join(photos, 'a.jpg')], { decode })),
    )
    expect(fast!.data).not.toEqual(exact!.data)
  })

  it('takes files, patterns, and names with line breaks', async () => {
    const { photos, index } = await setUp({ 'a\nb.png': 1, 'c1.png': 2, 'c2.png': 3, 'd.png': 4, 'odd.bin': 5 })
    await index.add([join(photos, 'a\nb.png'), join(photos, 'c*.png'), join(photos, 'odd.bin')])
    expect(await names(index, photos)).toEqual(['a\nb.png', 'c1.png', 'c2.png', 'odd.bin'])
  })

  it('lists a folder once, however many links lead to it', async () => {
    const { photos, index } = await setUp({ 'sub/a.png': 1, 'sub/deep/b.png': 2 })
    for (let i = 0; i < 50; i++) symlinkSync('..', join(photos, 'sub', 'deep', `up-${i}`))
    symlinkSync(join(photos, 'loop'), join(photos, 'loop'))
    symlinkSync(join(photos, 'sub'), join(photos, 'again'))
    const counts = await index.add(photos)
    expect(await names(index, photos)).toEqual(['sub/a.png', 'sub/deep/b.png'])
    expect(counts.problems).toEqual(nothing)
  })

  it('follows links to folders and files elsewhere', async () => {
    const { photos } = await setUp({ 'x.png': 1, 'y.png': 2 })
    const { photos: links, index } = await setUp()
    symlinkSync(photos, join(links, 'folder'))
    symlinkSync(join(photos, 'x.png'), join(links, 'file.png'))
    symlinkSync(join(photos, 'gone.png'), join(links, 'dangling.png'))
    const counts = await index.add(links)
    expect(await names(index, links)).toEqual(['file.png', 'folder/x.png', 'folder/y.png'])
    expect(counts).toMatchObject({ embedded: 2, copied: 1, problems: { ...nothing, unreadable: 1 } })
  })

  it('adds the members of tar archives, and gives their bytes back', async () => {
    const { photos, index } = await setUp({ 'in/a.png': 1, 'in/b.txt': 'x', 'in/sub/c.png': 2, 'in/broken.png': 'x' })
    for (const [name, flags] of [
      ['shard.tar', '-cf'],
      ['packed.tgz', '-czf'],
    ] as const) {
      const shard = join(photos, name)
      execFileSync('tar', [flags, shard, '-C', join(photos, 'in'), '.'])
      const first = await index.add(shard)
      expect(first).toMatchObject({ files: 2, problems: { ...nothing, broken: 1 } })
      expect(await index.add(shard)).toMatchObject({ files: 2, unchanged: 2, embedded: 0 })
      expect(await index.image(`${shard}/sub/c.png`)).toEqual(new Uint8Array(await png(2)))
    }
    expect(await index.image(join(photos, 'a.png'))).toBe(join(photos, 'a.png'))
    expect(await names(index, photos)).toEqual([
      'packed.tgz/a.png',
      'packed.tgz/sub/c.png',
      'shard.tar/a.png',
      'shard.tar/sub/c.png',
    ])
    rmSync(join(photos, 'in/a.png'))
    await fill(photos, { 'in/sub/c.png': 3 })
    execFileSync('tar', ['-cf', join(photos, 'shard.tar'), '-C', join(photos, 'in'), '.'])
    expect(await index.add(join(photos, 'shard.tar'))).toMatchObject({ files: 1, embedded: 1, removed: 1 })
  })

  it('keeps the pictures of an archive that is damaged now', async () => {
    const { photos, index } = await setUp({ 'in/a.png': 1, 'in/b.png': 2 })
    const shard = join(photos, 'shard.tar')
    execFileSync('tar', ['-cf', shard, '-C', join(photos, 'in'), 'a.png', 'b.png'])
    await index.add(shard)
    writeFileSync(shard, readFileSync(shard).subarray(0, 700))
    expect(await index.add(shard)).toMatchObject({ removed: 0, problems: { ...nothing, unreadable: 1 } })
    expect(await names(index, photos)).toEqual(['shard.tar/a.png', 'shard.tar/b.png'])
    execFileSync('tar', ['-cf', shard, '-C', join(photos, 'in'), 'a.png', 'b.png'])
    expect(await index.add(shard)).toMatchObject({ unchanged: 2, problems: nothing })
  })

  it('adds pictures at addresses, and fetches them again only when the server has another version', async () => {
    const { index } = await setUp()
    let version = '"1"'
    let number = 1
    const fetched: string[] = []
    const pictures = [await png(1), await png(2)]
    const server = createServer((request, response) => {
      const bytes = pictures[number - 1]!
      if (request.url === '/gone.png') return void response.writeHead(404).end()
      if (!request.headers.range) fetched.push(request.url!)
      response.writeHead(200, { etag: version, 'content-length': bytes.length }).end(bytes)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const [url, gone] = [`http://127.0.0.1:${port}/a.png`, `http://127.0.0.1:${port}/gone.png`]
      expect(await index.add([url, gone])).toMatchObject({
        files: 1,
        embedded: 1,
        problems: { ...nothing, unreadable: 1 },
      })
      expect(await index.add(url)).toMatchObject({ files: 1, unchanged: 1 })
      expect(fetched).toEqual(['/a.png'])
      ;[version, number] = ['"2"', 2]
      expect(await index.add(url)).toMatchObject({ files: 1, embedded: 1 })
      expect(await rowsOf(index)).toHaveLength(1)
    } finally {
      server.close()
    }
  })
})

describe('what the model sees', () => {
  it('embeds only new and changed pictures', async () => {
    const { photos, index } = await setUp({ 'a.png': 1, 'b.png': 2 })
    await index.add(photos)
    await fill(photos, { 'b.png': 3, 'c.png': 4 })
    expect(await index.add(photos)).toMatchObject({ files: 3, embedded: 2, unchanged: 1 })
    expect(await index.add(photos)).toMatchObject({ files: 3, embedded: 0 })
  })

  it('reads nothing again if sizes and times are the same', async () => {
    const { photos, index, store } = await setUp({ 'a.png': 1, 'b.png': 2 })
    for (const name of ['a.png', 'b.png']) utimesSync(join(photos, name), 1000, 1000)
    await index.add(photos)
    const { commits } = store
    expect(await index.add(photos)).toMatchObject({ files: 2, unchanged: 2 })
    expect(store.commits).toBe(commits)
  })

  it('notices other contents of the same size and time, if they were written while it read', async () => {
    const { photos, index, store } = await setUp({ 'a.png': 1 })
    const path = join(photos, 'a.png')
    const bytes = readFileSync(path)
    await index.add(photos)
    const { mtime } = statSync(path)
    const before = (await rowsOf(index))[0]!.hash
    writeFileSync(
      path,
      bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
    )
    utimesSync(path, mtime, mtime)
    await index.add(photos)
    const rows = await rowsOf(index)
    expect(rows.map(({ hash }) => hash)).not.toEqual([before])
    expect(store.size + (await index.problems()).length).toBe(1)
  })

  it('gives moved, renamed and duplicate pictures the vectors that they had', async () => {
    const { photos, index, store } = await setUp({ 'a.png': 1, 'b.png': 2, 'twin.png': 2 })
    expect(await index.add(photos)).toMatchObject({ embedded: 2, copied: 1 })
    const vector = await store.vectors([join(photos, 'a.png')])
    renameSync(join(photos, 'a.png'), join(photos, 'renamed.png'))
    mkdirSync(join(photos, 'sub'))
    renameSync(join(photos, 'b.png'), join(photos, 'sub', 'moved.png'))
    cpSync(join(photos, 'twin.png'), join(photos, 'third.png'))
    expect(await index.add(photos)).toMatchObject({ files: 4, embedded: 0, copied: 3, removed: 2 })
    expect(await names(index, photos)).toEqual(['renamed.png', 'sub/moved.png', 'third.png', 'twin.png'])
    expect(await store.vectors([join(photos, 'renamed.png')])).toEqual(vector)
  })

  it('gives two pictures that changed places the right vectors', async () => {
    const { photos, index, store } = await setUp({ 'a.png': 1, 'b.png': 2 })
    await index.add(photos)
    const [a, b] = [join(photos, 'a.png'), join(photos, 'b.png')]
    const [ofA, ofB] = [await store.vectors([a]), await store.vectors([b])]
    renameSync(a, `${a}.tmp`)
    renameSync(b, a)
    renameSync(`${a}.tmp`, b)
    await index.add(photos)
    expect([await store.vectors([a]), await store.vectors([b])]).toEqual([ofB, ofA])
  })
})

describe('what leaves', () => {
  it('removes deleted pictures, but only of the folders that are given', async () => {
    const { photos, index } = await setUp({ 'a/1.png': 1, 'a/2.png': 2, 'b/3.png': 3, 'ab/4.png': 4 })
    await index.add(photos)
    for (const name of ['a/1.png', 'b/3.png', 'ab/4.png']) rmSync(join(photos, name))
    expect(await index.add(join(photos, 'a'))).toMatchObject({ removed: 1 })
    expect(await names(index, photos)).toEqual(['a/2.png', 'ab/4.png', 'b/3.png'])
    expect(await index.add(join(photos, '*/*.png'))).toMatchObject({ removed: 2 })
    expect(await names(index, photos)).toEqual(['a/2.png'])
  })

  it.each(['removed', 'emptied'])('refuses a folder that was %s, unless told to remove its pictures', async (how) => {
    const { photos, index } = await setUp({ 'a/1.png': 1, 'b/2.png': 2 })
    await index.add(photos)
    rmSync(join(photos, 'a'), { recursive: true })
    if (how === 'emptied') mkdirSync(join(photos, 'a'))
    await fill(photos, { 'b/3.png': 3 })
    const inputs = [join(photos, 'a'), join(photos, 'b')]
    await expect(index.add(inputs)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/1 picture of it.*drive.*--remove-missing/s) as string,
    })
    expect(await names(index, photos)).toEqual(['a/1.png', 'b/2.png'])
    expect(await index.add(inputs, { missing: 'remove' })).toMatchObject({ removed: 1, embedded: 1 })
    expect(await names(index, photos)).toEqual(['b/2.png', 'b/3.png'])
  })

  it('accepts an empty folder that it has no pictures of, and refuses a folder that does not exist', async () => {
    const { photos, index } = await setUp()
    expect(await index.add(photos)).toMatchObject({ files: 0 })
    await expect(index.add(join(photos, 'nowhere'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await expect(index.add(join(photos, '*.png'))).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('removes pictures by file and folder, and adds them again when asked', async () => {
    const { photos, index } = await setUp({ 'a/1.png': 1, 'a/2.png': 2, 'b/3.png': 3, 'c.png': 'x' })
    await index.add(photos)
    expect(await index.remove([join(photos, 'a'), join(photos, 'b', '3.png'), join(photos, 'c.png')])).toBe(3)
    expect(await names(index, photos)).toEqual([])
    expect(await index.problems()).toEqual([])
    expect(await index.add(photos)).toMatchObject({ embedded: 3 })
  })
})

describe('pictures that cannot be read', () => {
  it('counts them by reason, lists them, and tries them again only when they change', async () => {
    const { photos, index } = await setUp({
      'empty.png': '',
      'cut.png': (await png(1)).subarray(0, 60),
      'drawing.svg': '<svg/>',
      'page.bin': '%PDF-1.4',
      'ok.png': 5,
    })
    const header = Buffer.from(await png(1))
    header.writeUInt32BE(400_000, 16)
    header.writeUInt32BE(400_000, 20)
    await fill(photos, { 'huge.png': header })
    const inputs = [photos, join(photos, 'page.bin')]
    const counts = await index.add(inputs)
    expect(counts).toMatchObject({ files: 1, problems: { broken: 2, huge: 1, unknown: 2, unreadable: 0 } })
    expect(counts.newProblems.map(({ path }) => path.slice(photos.length + 1)).sort()).toEqual([
      'cut.png',
      'drawing.svg',
      'empty.png',
      'huge.png',
      'page.bin',
    ])
    expect(await index.problems()).toHaveLength(5)
    const seen: number[] = []
    const again = await index.add(inputs, { onProgress: ({ stage, total }) => stage === 'images' && seen.push(total) })
    expect(again).toMatchObject({ newProblems: [], problems: { broken: 2, huge: 1, unknown: 2 } })
    expect(Math.max(0, ...seen)).toBeLessThanOrEqual(1) // ok.png is so new that it is read again
    await fill(photos, { 'cut.png': 7 })
    rmSync(join(photos, 'empty.png'))
    expect(await index.add(inputs)).toMatchObject({
      files: 2,
      embedded: 1,
      problems: { broken: 0, huge: 1, unknown: 2 },
    })
  })

  it('removes a picture that is broken now, with its duplicates', async () => {
    const { photos, index } = await setUp({ 'a.png': 1, 'b.png': 2 })
    await index.add(photos)
    await fill(photos, { 'a.png': 'not a picture', 'c.png': 'not a picture' })
    expect(await index.add(photos)).toMatchObject({ files: 1, removed: 1, problems: { ...nothing, broken: 2 } })
    expect(await names(index, photos)).toEqual(['b.png'])
  })

  it.skipIf(process.getuid?.() === 0)('keeps the pictures of a folder that cannot be read now', async () => {
    const { photos, index } = await setUp({ 'a/1.png': 1, '2.png': 2 })
    await index.add(photos)
    chmodSync(join(photos, 'a'), 0)
    const counts = await index.add(photos)
    chmodSync(join(photos, 'a'), 0o755)
    expect(counts).toMatchObject({ removed: 0, problems: { ...nothing, unreadable: 1 } })
    expect(await index.add(photos)).toMatchObject({ files: 2, problems: nothing })
  })
})

describe('the folder of an index', () => {
  it('refuses vectors of another model by name', async () => {
    const { photos, folder, store, index } = await setUp({ 'a.png': 1 })
    await index.add(photos)
    const other = await createTinyModel(2)
    const opened = ImageIndex.open(folder, { model: other, modelName: 'second', store: createMemoryStore(8) })
    await expect(opened).rejects.toMatchObject({
      code: 'INDEX_MISMATCH',
      message: expect.stringContaining("'second'") as string,
    })
    other.dispose()
    expect((await ImageIndex.open(folder, { model, store })).size).toBe(1)
  })

  it('refuses a folder of something else, and an index of a later version', async () => {
    const { photos, folder, index } = await setUp({ 'a.png': 1 })
    await expect(ImageIndex.open(photos, { model })).rejects.toMatchObject({ code: 'INDEX_INVALID' })
    await index.add(photos)
    const path = join(folder, 'images.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('"version":1', '"version":2'))
    await expect(ImageIndex.open(folder, { model })).rejects.toMatchObject({
      code: 'INDEX_INVALID',
      message: expect.stringContaining('later dreamlip') as string,
    })
    writeFileSync(path, text.slice(0, 40))
    await expect(ImageIndex.open(folder, { model })).rejects.toMatchObject({ code: 'INDEX_INVALID' })
  })

  it('tells a second indexer that the first one is at work', async () => {
    const { photos, folder, store, index } = await setUp({ 'a.png': 1, 'b.png': 2 })
    const second = await ImageIndex.open(folder, { model, store })
    let told: unknown
    store.beforeNext(async () => (told = await second.add(photos).catch((error: unknown) => error)))
    await index.add(photos)
    expect(told).toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining(String(process.pid)) as string,
    })
    expect(await second.add(photos)).toMatchObject({ files: 2, embedded: 0 })
  })

  it('runs changes of one index one after the other', async () => {
    const { photos, index } = await setUp({ 'a/1.png': 1, 'b/2.png': 2 })
    const both = await Promise.all([index.add(join(photos, 'a')), index.add(join(photos, 'b'))])
    expect(both.map(({ embedded }) => embedded)).toEqual([1, 1])
  })

  it('stays as it was if the disk is full, and continues later', async () => {
    const { photos, index, store } = await setUp({ 'a.png': 1 })
    await index.add(photos)
    await fill(photos, { 'b.png': 2 })
    store.beforeNext(() => Promise.reject(new DreamLIPError('WRITE_FAILED', 'the disk is full')))
    await expect(index.add(photos)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(await names(index, photos)).toEqual(['a.png'])
    expect(await index.add(photos)).toMatchObject({ files: 2, embedded: 1 })
  })

  it('keeps what was embedded before it is aborted', async () => {
    const { photos, index } = await setUp(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.png`, i])))
    const controller = new AbortController()
    const added = index.add(photos, {
      signal: controller.signal,
      onProgress: ({ stage, done }) => stage === 'images' && done > 0 && controller.abort(),
    })
    await expect(added).rejects.toThrow(/abort/i)
    const kept = index.size
    expect(kept).toBeGreaterThan(0)
    expect(await index.add(photos)).toMatchObject({ files: 40, embedded: 40 - kept })
  })
})

describe('another model', () => {
  it('replaces the vectors when it is told to, and only when all are there', async () => {
    const { photos } = await setUp({ 'a.png': 1, 'b.png': 2, 'c.png': 'x', 'in/d.png': 3 })
    const shard = join(photos, 'shard.tar')
    execFileSync('tar', ['-cf', shard, '-C', join(photos, 'in'), 'd.png'])
    const folder = join(root, 'replaced')
    const old = await ImageIndex.open(folder, { model, threads: 1 })
    await old.add([photos, shard])
    const other = await createTinyModel(2)
    const stopped = new AbortController()
    const stop = ({ stage }: Progress) => stage === 'images' && stopped.abort()
    await expect(
      ImageIndex.open(folder, { model: other, reindex: true, threads: 1, signal: stopped.signal, onProgress: stop }),
    ).rejects.toThrow(/abort/i)
    expect((await old.search('a dog')).hits).toHaveLength(4)
    await old.close()
    const away = join(photos, 'away.png')
    renameSync(join(photos, 'a.png'), away)
    const refused = ImageIndex.open(folder, { model: other, reindex: true, threads: 1 })
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    renameSync(away, join(photos, 'a.png'))
    await using index = await ImageIndex.open(folder, { model: other, reindex: true, threads: 1 })
    const rows = await rowsOf(index)
    expect(rows.map(({ path }) => path.slice(photos.length + 1))).toEqual([
      'a.png',
      'b.png',
      'in/d.png',
      'shard.tar/d.png',
    ])
    const vector = await index.store.vectors([rows[1]!.path])
    const expected = (await other.encodeImage([rows[1]!.path])).data
    vector.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 2))
    expect(await index.problems()).toHaveLength(1)
    expect(readdirSync(folder).filter((name) => name.startsWith('vectors-'))).toHaveLength(1)
    await expect(ImageIndex.open(folder, { model })).rejects.toMatchObject({ code: 'INDEX_MISMATCH' })
    expect(await index.add([photos, shard])).toMatchObject({ files: 4, embedded: 0 })
    other.dispose()
  })
})

it('searches by descriptions and pictures, and finds duplicates', async () => {
  const { photos, index } = await setUp({ 'a.png': 1, 'b.png': 2, 'twin.png': 2 })
  await index.add(photos)
  const { hits } = await index.search('a dog on a beach', { topK: 2 })
  expect(hits).toHaveLength(2)
  const [first] = await index.similar(join(photos, 'b.png'), { topK: 1 })
  expect(first!.path).toMatch(/b\.png|twin\.png/)
  const [group] = await index.duplicates()
  expect(JSON.stringify(group)).toContain('twin.png')
})

it('says what it contains', async () => {
  const { photos, index } = await setUp({ 'a/1.png': 1, 'a/2.PNG': 1, 'b/3.png': 3, 'c.png': 'x' })
  const date = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .withExif({ IFD2: { DateTimeOriginal: '2019:07:14 12:30:00' } })
    .jpeg()
    .toBuffer()
  await fill(photos, { 'b/dated.jpg': date })
  await index.add(photos)
  const { diskBytes, bytes, model: named, ...rest } = await index.stats()
  expect(rest).toEqual({
    files: 4,
    contents: 3,
    formats: { png: 3, jpg: 1 },
    folders: { [join(photos, 'a')]: 2, [join(photos, 'b')]: 2 },
    years: { 2019: 1 },
    problems: { ...nothing, broken: 1 },
  })
  expect(bytes).toBe((await rowsOf(index)).reduce((sum, { size }) => sum + size, 0))
  expect(diskBytes).toBeGreaterThan(0)
  expect(named.fingerprint).toBe(await model.fingerprint())
})

const name = fc
  .integer({ min: 0, max: 5 })
  .map((i) => ['a.png', 'b.png', 'sub/c.png', 'sub/d.png', 'x/y/e.png', 'f.png'][i]!)
const operation = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), to: name, number: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('break' as const), to: name }),
  fc.record({ kind: fc.constant('rename' as const), from: name, to: name }),
  fc.record({ kind: fc.constant('copy' as const), from: name, to: name }),
  fc.record({ kind: fc.constant('delete' as const), to: name }),
  fc.record({ kind: fc.constant('add' as const) }),
)

it('is the same as a fresh index after any changes of files', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
      const { photos, index } = await setUp({ 'sub/keep.png': 9 })
      for (const step of operations) {
        const at = (file: string) => join(photos, file)
        if (step.kind === 'add') await index.add(photos)
        else if (step.kind === 'write') await fill(photos, { [step.to]: step.number })
        else if (step.kind === 'break') await fill(photos, { [step.to]: 'broken' })
        else if (step.kind === 'delete') rmSync(at(step.to), { force: true })
        else if (statSync(at(step.from), { throwIfNoEntry: false })) {
          mkdirSync(join(at(step.to), '..'), { recursive: true })
          if (step.kind === 'rename') renameSync(at(step.from), at(step.to))
          else if (step.from !== step.to) cpSync(at(step.from), at(step.to))
        }
      }
      await index.add(photos)
      const fresh = await ImageIndex.open(join(root, `fresh-${count}`), { model, store: createMemoryStore(8) })
      await fresh.add(photos)
      expect(await rowsOf(index)).toEqual(await rowsOf(fresh))
      const ids = (await rowsOf(fresh)).map(({ path }) => path)
      const [ours, theirs] = [await index.store.vectors(ids), await fresh.store.vectors(ids)]
      ours.forEach((value, i) => expect(value).toBeCloseTo(theirs[i]!, 5))
      const paths = async (of: ImageIndex) =>
        (await of.problems()).map(({ path, reason }) => `${path} ${reason}`).sort()
      expect(await paths(index)).toEqual(await paths(fresh))
    }),
    { numRuns: 25 },
  )
}, 60_000)
