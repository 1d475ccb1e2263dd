/** The server of an index: its responses, and a list of attacks that it refuses. */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  decodeImage,
  drawHeatMap,
  encodePNG,
  findServer,
  ImageIndex,
  serveIndex,
  type DreamLIP,
  type IndexServer,
} from '../../../src/index.node.ts'
import { createTinyModel, fill, png, temporaryFolder } from '../images/pictures'
import { ask, sendRaw } from './ask'
import type { CollectionAnswer, SearchAnswer } from '../../../src/search/server/protocol/answers'

const root = temporaryFolder()
const photos = join(root, 'photos')
const folder = join(root, 'my.index')
const outside = join(root, 'secret.png')
let model: DreamLIP
let index: ImageIndex
let server: IndexServer
let port: number
let token: string

const serverFile = join(folder, 'dreamlip-server.json')
const ours = { 'Sec-Fetch-Site': 'same-origin' }

beforeAll(async () => {
  model = await createTinyModel()
  const wide = await sharp({ create: { width: 900, height: 300, channels: 3, background: '#a52' } }).jpeg().withExif({ IFD0: { Artist: 'Somebody' } }).toBuffer() // prettier-ignore
  await fill(photos, {
    'a.png': 1,
    'sea/b.png': 2,
    'sea/c.png': 3,
    'sea/wide.jpg': wide,
    'going.png': 5,
    'changing.png': 6,
    'link.png': 7,
  })
  utimesSync(join(photos, 'a.png'), 1e9, 1e9)
  writeFileSync(outside, await png(99))
  index = await ImageIndex.open(folder, { model })
  await index.add(photos)
  server = await serveIndex(index, { port: 0 })
  port = Number(new URL(server.url).port)
  token = (JSON.parse(readFileSync(serverFile, 'utf8')) as { token: string }).token
})
afterAll(async () => {
  await server.close()
  await index.close()
  model.dispose()
  rmSync(root, { recursive: true, force: true })
})

const post = (body: object, headers: Record<string, string> = ours) =>
  ask(port, 'POST', '/api/search', { 'Content-Type': 'application/json', ...headers }, JSON.stringify(body))
const json = <T>(answer: { body: Buffer }) => JSON.parse(answer.body.toString()) as T
async function search(body: object): Promise<SearchAnswer> {
  const answer = await post(body)
  expect(answer.status, answer.body.toString()).toBe(200)
  return json<SearchAnswer>(answer)
}
async function idOf(name: string): Promise<string> {
  const { hits } = await search({ text: 'anything', topK: 100 })
  return hits.find(({ path }) => path.endsWith(name))!.id!
}

describe('searches', () => {
  it('are those of the index, with a name for each picture', async () => {
    const text = 'A red bus waits. Two people cross.'
    const { hits, ...rest } = await search({ text, topK: 3 })
    const expected = await index.search(text, { topK: 3 })
    expect(hits.map(({ id: _, ...hit }) => hit)).toEqual(JSON.parse(JSON.stringify(expected.hits)))
    expect({ hits: expected.hits, ...rest }).toEqual(expected)
    expect(hits.every(({ id }) => /^[\w-]{24}$/.test(id!))).toBe(true)
  })

  it('take filters', async () => {
    const { hits } = await search({ text: 'a bus', folder: join(photos, 'sea') })
    expect(hits.map(({ path }) => path.slice(photos.length + 1)).sort()).toEqual([
      'sea/b.png',
      'sea/c.png',
      'sea/wide.jpg',
    ])
    const old = await search({ text: 'a bus', modified: { to: 1.1e12 } })
    expect(old.hits.map(({ path }) => path)).toEqual([join(photos, 'a.png')])
  })

  it('find pictures like one of the index, without it, and like one that is sent', async () => {
    const like = await idOf('sea/b.png')
    const similar = await index.similar(join(photos, 'sea/b.png'), { topK: 2 })
    expect((await search({ like, topK: 2 })).hits.map(({ path }) => path)).toEqual(similar.map(({ path }) => path))
    const { hits } = await search({ picture: readFileSync(join(photos, 'sea/c.png')).toString('base64') })
    expect(hits[0]!.path).toBe(join(photos, 'sea/c.png'))
    expect((await search({ like, text: 'a bus' })).sentences).toMatchObject([{ text: 'a bus' }])
  })

  it.each([
    ['no query', {}, 'one of text, picture and like'],
    ['an unknown key', { text: 'a', model: 'x' }, 'model: unknown'],
    ['a number as text', { text: 3 }, 'text'],
    ['too many hits', { text: 'a', topK: 1e9 }, 'topK'],
    ['a range of texts', { text: 'a', taken: { from: 'x' } }, 'taken.from'],
    ['something that is no picture', { picture: 'AAAA' }, 'image'],
    ['a query without words', { text: '...' }, 'words'],
  ])('refuse %s', async (_, body, message) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(json<{ error: { message: string } }>(answer).error.message).toContain(message)
  })
})

describe('the collection', () => {
  it('is told with its folders, years and newest pictures', async () => {
    const found = json<CollectionAnswer>(await ask(port, 'GET', '/api/collection', ours))
    expect(found).toMatchObject({ name: 'my.index', size: 7, dates: 'modified' })
    expect(found.folders).toEqual([
      { path: photos, name: 'photos', count: 7 },
      { path: join(photos, 'sea'), name: 'photos/sea', count: 3 },
    ])
    expect(found.years.at(-1)).toEqual({ year: 2001, count: 1 })
    expect(found.newest).toHaveLength(7)
    expect(found.newest.at(-1)).toMatchObject({ path: join(photos, 'a.png'), width: 8, modified: 1e12 })
  })
})

describe('pictures', () => {
  it('are given out small, encoded anew without what else the file says, and as they are', async () => {
    const id = await idOf('wide.jpg')
    const small = await ask(port, 'GET', `/pictures/${id}/small`, ours)
    expect(small).toMatchObject({
      status: 200,
      headers: { 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' },
    })
    const { width, height, exif } = await sharp(small.body).metadata()
    expect({ width, height, exif }).toEqual({ width: 480, height: 160, exif: undefined })
    const large = await ask(port, 'GET', `/pictures/${id}/large`, ours)
    expect((await sharp(large.body).metadata()).width).toBe(900)
    const original = await ask(port, 'GET', `/pictures/${id}/original`, ours)
    expect(original.headers['content-type']).toBe('image/jpeg')
    expect(original.body).toEqual(readFileSync(join(photos, 'sea/wide.jpg')))
  })

  it('are shown with the heat map of a sentence', async () => {
    const id = await idOf('a.png')
    const answer = await ask(port, 'GET', `/pictures/${id}/map?text=a%20red%20bus`, ours)
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'image/webp' } })
    const image = await decodeImage(join(photos, 'a.png'))
    const [map] = await model.ground(image, ['a red bus'])
    const drawn = drawHeatMap(image, map!, { opacity: 0.55 })
    const expected = await sharp(await encodePNG(drawn))
      .webp({ quality: 80, effort: 2 })
      .toBuffer()
    expect(await sharp(answer.body).raw().toBuffer()).toEqual(await sharp(expected).raw().toBuffer())
  })

  it.each(['', '?text=', `?text=${'a'.repeat(3000)}`])('have no heat map for the text of %s', async (query) => {
    expect((await ask(port, 'GET', `/pictures/${await idOf('a.png')}/map${query}`, ours)).status).toBe(400)
  })

  it('have the same heat map for many requests at once, of which some leave', async () => {
    const id = await idOf('sea/b.png')
    const requests = Array.from({ length: 12 }, (_, i) => {
      const leaving = new AbortController()
      const answer = fetch(`${server.url}/pictures/${id}/map?text=a+dog`, {
        headers: { Authorization: `Bearer ${token}` },
        signal: leaving.signal,
      })
      if (i % 3 === 0) leaving.abort()
      return answer
        .then(async (response) => Buffer.from(await response.arrayBuffer()).toString('base64'))
        .catch(() => 'left')
    })
    const answers = await Promise.all(requests)
    const stayed = answers.filter((answer) => answer !== 'left')
    expect(stayed).toHaveLength(8)
    expect(new Set(stayed).size).toBe(1)
  })
})

describe('a picture that changed after it was indexed is not given out', () => {
  const kinds = ['small', 'large', 'original', 'map?text=a'] as const
  const statuses = async (id: string) =>
    Promise.all(kinds.map(async (kind) => (await ask(port, 'GET', `/pictures/${id}/${kind}`, ours)).status))

  it('if a link to another file has its place', async () => {
    const id = await idOf('link.png')
    rmSync(join(photos, 'link.png'))
    symlinkSync(outside, join(photos, 'link.png'))
    expect(await statuses(id)).toEqual([410, 410, 410, 410])
  })

  it('if another file with its size and time has its place', async () => {
    const id = await idOf('changing.png')
    const path = join(photos, 'changing.png')
    const { size, mtimeMs } = statSync(path)
    const other = Buffer.concat([await png(98), Buffer.alloc(1000)]).subarray(0, size)
    writeFileSync(path, other)
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000)
    expect(await statuses(id)).toEqual([410, 410, 410, 410])
  })

  it('if it has gone', async () => {
    const id = await idOf('going.png')
    renameSync(join(photos, 'going.png'), join(root, 'elsewhere.png'))
    expect(await statuses(id)).toEqual([410, 410, 410, 410])
    renameSync(join(root, 'elsewhere.png'), join(photos, 'going.png'))
  })

  it('if it is not in the index any more, though its file is there', async () => {
    const id = await idOf('going.png')
    await index.remove(join(photos, 'going.png'))
    expect(await statuses(id)).toEqual([410, 410, 410, 410])
  })

  it('but it is if only its time changed', async () => {
    const id = await idOf('sea/c.png')
    utimesSync(join(photos, 'sea/c.png'), 1.5e9, 1.5e9)
    expect((await ask(port, 'GET', `/pictures/${id}/original`, ours)).status).toBe(200)
  })
})

describe('attacks', () => {
  it.each([
    ['the name of another site, which points here', { Host: 'evil.example' }],
    ['the name of another site with the port', { Host: 'evil.example:80' }],
    ['a name that begins like this machine', { Host: '127.0.0.1.evil.example' }],
    ['another address of this machine', { Host: '0.0.0.0' }],
    ['this machine without the port', { Host: '127.0.0.1' }],
    ['an empty host', { Host: '' }],
    ['a user before the host', { Host: 'x@127.0.0.1' }],
  ])('%s as Host is refused', async (_, headers) => {
    for (const target of ['/', '/api/collection', '/api/search', '/page.js']) {
      expect((await ask(port, 'GET', target, { ...ours, ...headers })).status, target).toBe(421)
    }
  })

  it('two hosts are refused', async () => {
    const host = `Host: 127.0.0.1:${port}\r\n`
    const answer = await sendRaw(
      port,
      `GET /api/status HTTP/1.1\r\n${host}${host}Sec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n`,
    )
    expect([400, 421]).toContain(answer.status)
  })

  it('a request without a host is refused', async () => {
    expect((await sendRaw(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).status).toBe(400)
    expect((await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n')).status).toBe(421)
  })

  it.each(['localhost', '[::1]', 'LOCALHOST'])('%s with the port is this machine', async (name) => {
    expect((await ask(port, 'GET', '/api/status', { ...ours, Host: `${name}:${port}` })).status).toBe(200)
  })

  it.each([
    ['a script of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a subdomain, or another port of this machine', { 'Sec-Fetch-Site': 'same-site' }],
    ['another origin', { Origin: 'https://evil.example' }],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }],
    ['https', { Origin: 'https://127.0.0.1:PORT' }],
    ['a page without an origin', { Origin: 'null' }],
    ['an origin that contradicts Sec-Fetch-Site', { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'same-origin' }],
    ['an old browser or a program without the token', {}],
    ['a wrong token', { Authorization: 'Bearer 00' }],
    ['a wrong token of the page itself', { Authorization: 'Basic YTpi', 'Sec-Fetch-Site': 'same-origin' }],
  ])('of %s is refused', async (_, given) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('PORT', String(port))]),
    )
    const id = await idOf('a.png')
    const targets = ['/api/collection', '/api/status', '/page.js', `/pictures/${id}/small`, `/pictures/${id}/original`]
    for (const target of targets) expect((await ask(port, 'GET', target, headers)).status, target).toBe(403)
    expect((await post({ text: 'a' }, headers)).status).toBe(403)
  })

  it('a frame, an image or a script of another site gets no page', async () => {
    for (const dest of ['iframe', 'image', 'script', 'object', 'embed']) {
      const mode = dest === 'iframe' ? 'navigate' : 'no-cors'
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest }
      expect((await ask(port, 'GET', '/', headers)).status, dest).toBe(403)
    }
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    expect((await ask(port, 'GET', '/', link)).status).not.toBe(403)
    expect((await ask(port, 'GET', `/pictures/${await idOf('a.png')}/original`, link)).status).toBe(403)
    expect((await ask(port, 'POST', '/', link)).status).toBe(403)
  })

  it('no answer allows other sites to read it, and every one has the policy', async () => {
    const answers = [
      await ask(port, 'GET', '/'),
      await ask(port, 'GET', '/api/collection', ours),
      await ask(port, 'GET', '/nothing', ours),
      await ask(port, 'GET', '/', { Host: 'evil.example' }),
      await ask(port, 'OPTIONS', '/api/search', {
        Origin: 'https://evil.example',
        'Access-Control-Request-Method': 'POST',
      }),
    ]
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
          "base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
    }
  })

  it.each([
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/....//etc/passwd',
    '/page.js/../../../package.json',
    '/page.js%00.png',
    '/search-page/page.js',
    '/.git/config',
    '/dreamlip-server.json',
    '/pictures/',
    '/pictures',
    '/pictures/..%2f..%2fsecret.png/original',
    '/pictures/AAAAAAAAAAAAAAAAAAAAAAAA/original',
    '/pictures/AAAAAAAAAAAAAAAAAAAAAAAA/../original',
    '/pictures/__proto__/small',
    '/api/',
    '/__proto__',
    '/constructor',
    '/toString',
    '/index.html',
    '/?x=/../..',
  ])('%s leads to nothing', async (target) => {
    const { status, body } = await ask(port, 'GET', target, ours)
    if (target.startsWith('/?'))
      expect([200, 500]).toContain(status) // the page, whatever follows
    else expect(status).toBe(404)
    expect(body.toString()).not.toMatch(/root:|token|"version"/)
  })

  it.each([
    ['http://evil.example/', 400],
    ['http://127.0.0.1:PORT/api/status', 400],
    ['//evil.example/api/status', 400],
    ['*', 400],
    ['evil.example:443', 400],
  ])('the target %s is refused', async (target, status) => {
    expect((await ask(port, 'GET', target.replace('PORT', String(port)), ours)).status).toBe(status)
  })

  it('the path of a picture, of the index or not, is not the name of a picture', async () => {
    for (const path of [outside, join(photos, 'a.png')]) {
      const name = createHash('sha256').update(path).digest('base64url').slice(0, 24)
      for (const guess of [name, encodeURIComponent(path), Buffer.from(path).toString('base64url')]) {
        expect((await ask(port, 'GET', `/pictures/${guess}/original`, ours)).status).toBe(404)
        expect((await post({ like: guess })).status).toBe(404)
      }
      expect((await post({ like: path })).status).toBe(404)
    }
  })

  it('a query cannot make the server read a file', async () => {
    for (const body of [{ picture: outside }, { picture: `file://${outside}` }, { text: outside }]) {
      const answer = await post(body)
      expect([200, 400]).toContain(answer.status)
      expect(answer.body.toString()).not.toContain((await png(99)).toString('base64').slice(40, 80))
    }
  })

  it.each([
    ['PUT', '/api/search', 405],
    ['DELETE', '/api/collection', 405],
    ['GET', '/api/search', 405],
    ['POST', '/api/collection', 405],
    ['POST', '/page.js', 405],
    ['TRACE', '/api/status', 405],
    ['OPTIONS', '/api/search', 405],
    ['CONNECT', '/', 0],
  ])('%s %s is refused', async (method, target, status) => {
    const answer = await ask(port, method, target, ours)
    expect(answer.status).toBe(status)
    if (status === 405) expect(answer.headers.allow).toMatch(/^(GET, HEAD|POST)$/)
  })

  it.each([
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text, which other sites may send without asking', { 'Content-Type': 'text/plain' }, 415],
    ['no type', {}, 415],
    ['a compressed body', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, 415],
    ['an announced gigabyte', { 'Content-Type': 'application/json', 'Content-Length': '1000000000' }, 413],
  ])('a search as %s is refused', async (_, headers, status) => {
    expect((await ask(port, 'POST', '/api/search', { ...ours, ...headers }, '{"text":"a"}')).status).toBe(status)
  })

  it.each(['{', '"text"', 'null', '[]', '3', '{"text":"\ud800"', '{"__proto__":{"text":"a"}}', '['.repeat(100_000)])(
    'the body %s is refused',
    async (body) => {
      const answer = await ask(port, 'POST', '/api/search', { ...ours, 'Content-Type': 'application/json' }, body)
      expect(answer.status).toBe(400)
    },
  )

  it('an endless body is cut off', async () => {
    const head = `POST /api/search HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 32), Buffer.from('\r\n')])
    const { status } = await sendRaw(port, head, ...Array.from({ length: 40 }, () => chunk))
    expect([0, 413]).toContain(status) // 0: the connection was closed before the response was read
    expect((await ask(port, 'GET', '/api/status', ours)).status).toBe(200)
  })

  it('a body with two lengths, or a length and chunks, is refused', async () => {
    const head = `POST /api/search HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n`
    const smuggled = 'GET /api/status HTTP/1.1\r\n\r\n'
    for (const lengths of [
      'Content-Length: 5\r\nContent-Length: 6\r\n',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    ]) {
      expect((await sendRaw(port, `${head}${lengths}\r\n0\r\n\r\n${smuggled}`)).status).toBe(400)
    }
  })

  it('headers of a megabyte are refused', async () => {
    expect((await ask(port, 'GET', '/', { ...ours, Cookie: 'a'.repeat(1 << 20) })).status).not.toBe(200)
  })

  it('a header cannot be smuggled into an answer', async () => {
    const answer = await ask(port, 'GET', '/nothing%0d%0aX-Evil:%201', ours)
    expect(answer.headers['x-evil']).toBeUndefined()
  })
})

describe('programs', () => {
  it('find the server, and their searches are those of the index', async () => {
    const found = (await findServer(folder))!
    expect(found).toMatchObject({ url: server.url, pid: process.pid })
    const text = 'A red bus waits. Two people cross.'
    expect(await found.search(text, { topK: 2 })).toEqual(await index.search(text, { topK: 2 }))
    const image = readFileSync(join(photos, 'sea/c.png'))
    const filters = { modified: { from: new Date(1e12), to: Infinity } }
    for (const query of [
      { image: join(photos, 'sea/c.png') },
      { image, text: 'a bus' },
      ['a', 'b'],
      new Blob([image]),
    ]) {
      expect(await found.search(query, filters)).toEqual(await index.search(query, filters))
    }
    const pixels = await decodeImage(image)
    expect((await found.search({ image: pixels })).hits).toEqual((await index.search({ image: pixels })).hits)
  })

  it('get the errors of a search, with their codes', async () => {
    const found = (await findServer(folder))!
    await expect(found.search('...')).rejects.toMatchObject({ name: 'DreamLIPError', code: 'QUERY_INVALID' })
    await expect(found.search('a', { topk: 3 } as object)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(found.search('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('are asked by a file that only its owner reads', () => {
    expect(statSync(serverFile).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
  })

  it('cannot serve the same index a second time', async () => {
    await expect(serveIndex(index, { port: 0 })).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining(server.url),
    })
  })

  it('are told that a port is taken', async () => {
    const other = await ImageIndex.open(join(root, 'other.index'), { model })
    mkdirSync(join(root, 'other.index'), { recursive: true })
    await expect(serveIndex(other, { port })).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining(`port ${port}`),
    })
    expect(existsSync(join(root, 'other.index', 'dreamlip-server.json'))).toBe(false)
    await other.close()
  })

  it('serve an empty index, also where a server was killed before anything was indexed', async () => {
    const empty = join(root, 'empty.index')
    mkdirSync(empty)
    writeFileSync(join(empty, 'dreamlip-server.json'), '{}')
    await using other = await ImageIndex.open(empty, { model })
    await using running = await serveIndex(other, { port: 0 })
    expect((await findServer(empty))!.url).toBe(running.url)
    expect(await (await findServer(empty))!.search('a bus')).toMatchObject({ hits: [], fits: false })
  })

  it('see that a server has gone', async () => {
    const second = join(root, 'second.index')
    const other = await ImageIndex.open(second, { model })
    await other.add(join(photos, 'a.png'))
    const running = await serveIndex(other, { port: 0 })
    const found = (await findServer(second))!
    copyFileSync(join(second, 'dreamlip-server.json'), join(root, 'kept.json'))
    await running.close()
    expect(existsSync(join(second, 'dreamlip-server.json'))).toBe(false)
    await expect(found.search('a')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    copyFileSync(join(root, 'kept.json'), join(second, 'dreamlip-server.json')) // as after a kill
    expect(await findServer(second)).toBeUndefined()
    const again = await serveIndex(other, { port: 0 })
    expect((await findServer(second))!.url).toBe(again.url)
    await again.close()
    await other.close()
  })
})
