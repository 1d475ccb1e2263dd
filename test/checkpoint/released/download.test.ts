import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileNameOf } from '../../../src/bytes/cache-folder.node.ts'
import type { DownloadedCheckpoint, DownloadOptions } from '../../../src/checkpoint/released/download-options'
import { downloadCheckpoint } from '../../../src/checkpoint/released/download.node.ts'
import { releasedCheckpoints } from '../../../src/checkpoint/released/released-checkpoints'
import { serveAsDrive, type DriveOptions } from '../../server/drive'
import { hurry } from '../../server/hurry'
import { sendBytes, serve, type Handler, type TestServer } from '../../server/server'

const file = new Uint8Array(300_000).map((_, i) => (i * 7919) >> 3)
file.set([0x50, 0x4b, 0x03, 0x04])
const sha256 = createHash('sha256').update(file).digest('hex')

hurry(100)

let cacheDir: string
const servers: TestServer[] = []
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'dreamlip-'))
})
afterEach(async () => {
  rmSync(cacheDir, { recursive: true })
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function drive(options?: DriveOptions): Promise<TestServer> {
  const server = await serveAsDrive(file, options)
  servers.push(server)
  return server
}

async function start(handler: Handler): Promise<TestServer> {
  const server = await serve(handler)
  servers.push(server)
  return server
}

/** The first response, which `downloadWithCut` cuts off. */
const stalls = { stallAfter: 100_000 }

/** Downloads, and cuts the connection after 100,000 bytes. */
function downloadWithCut({ url, cut }: TestServer, options?: DownloadOptions): Promise<DownloadedCheckpoint> {
  let whole = true
  const onProgress = ({ done }: { done: number }) => {
    if (whole && done === stalls.stallAfter) cut()
    whole &&= done < stalls.stallAfter
  }
  return downloadCheckpoint(url, { cacheDir, ...options, onProgress })
}

describe('downloadCheckpoint', () => {
  it('submits Drive’s form with its hidden inputs and cookies, and checks the result', async () => {
    const { url, requests } = await drive()
    const got = await downloadCheckpoint(url, { cacheDir, sha256 })
    expect(got).toMatchObject({ bytes: file.length, sha256, cached: false })
    expect(Buffer.from(file).equals(readFileSync(got.path))).toBe(true)
    expect(requests).toEqual(['/uc?id=ID&export=download', '/download?id=ID&export=download&confirm=t&uuid=a%26b'])
    expect(readdirSync(cacheDir)).toEqual([fileNameOf(url)])
  })

  it('accepts a file that a server sends without a page before it', async () => {
    const server = await start((request, response) => sendBytes(file, request, response))
    const { path } = await downloadCheckpoint(`${server.url}/models/vit.pt`, { cacheDir })
    expect(path).toMatch(/[0-9a-f]{12}-vit\.pt$/)
  })

  it('downloads once', async () => {
    const { url, requests } = await drive()
    await downloadCheckpoint(url, { cacheDir })
    const asked = requests.length
    expect(await downloadCheckpoint(url, { cacheDir, sha256 })).toMatchObject({ sha256, cached: true })
    expect(requests.length).toBe(asked)
    expect(await downloadCheckpoint(url, { cacheDir, force: true })).toMatchObject({ cached: false })
    expect(requests.length).toBe(2 * asked)
  })

  it('downloads once when two want it at the same time', async () => {
    const { url, requests } = await drive()
    const [a, b] = await Promise.all([downloadCheckpoint(url, { cacheDir }), downloadCheckpoint(url, { cacheDir })])
    expect([a.cached, b.cached].sort()).toEqual([false, true])
    expect(requests.length).toBe(2)
  })

  it('takes over the lock of a process that has ended', async () => {
    const { url } = await drive()
    const lock = join(cacheDir, `${fileNameOf(url)}.lock`)
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }))
    expect(await downloadCheckpoint(url, { cacheDir })).toMatchObject({ cached: false })
    expect(existsSync(lock)).toBe(false)
  })

  it.each([
    ['of another machine', JSON.stringify({ pid: 1, host: 'elsewhere' })],
    ['with its own process id', JSON.stringify({ pid: process.pid, host: hostname() })],
    ['that says nothing', ''],
  ])('takes over a lock %s that was not updated for a minute', async (_, owner) => {
    const { url } = await drive()
    const lock = join(cacheDir, `${fileNameOf(url)}.lock`)
    writeFileSync(lock, owner)
    utimesSync(lock, new Date(), new Date(Date.now() - 61_000))
    expect(await downloadCheckpoint(url, { cacheDir })).toMatchObject({ cached: false })
  })

  it('waits for another owner’s lock until it is aborted, and needs no lock for a cached file', async () => {
    const { url, requests } = await drive()
    const lock = join(cacheDir, `${fileNameOf(url)}.lock`)
    writeFileSync(lock, JSON.stringify({ pid: 1, host: 'elsewhere' }))
    await expect(downloadCheckpoint(url, { cacheDir, signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    expect(requests).toEqual([])
    expect(existsSync(lock)).toBe(true)
    writeFileSync(join(cacheDir, fileNameOf(url)), file)
    expect(await downloadCheckpoint(url, { cacheDir })).toMatchObject({ sha256, cached: true })
  })

  it('continues from the bytes so far when the connection is cut', async () => {
    const server = await drive({ misbehave: (count) => (count === 1 ? stalls : {}) })
    expect(await downloadWithCut(server, { sha256 })).toMatchObject({ bytes: file.length })
    expect(server.requests.at(-1)).toMatch(/ bytes=100000-$/)
  })

  it('tries again if the connection is cut before any byte arrived', async () => {
    const { url } = await drive({ misbehave: (count) => (count <= 3 ? { cutAfter: 0 } : {}) })
    expect(await downloadCheckpoint(url, { cacheDir, sha256 })).toMatchObject({ bytes: file.length })
  })

  it('requests the rest if a server sends less than was requested', async () => {
    const server = await start((request, response, count) => {
      const first = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
      const last = Math.min(first + 49_999, file.length - 1)
      if (count === 1) return sendBytes(file, request, response, stalls)
      sendBytes(file, request, response, {
        body: file.subarray(first, last + 1),
        headers: { 'Content-Range': `bytes ${first}-${last}/${file.length}` },
      })
    })
    expect(await downloadWithCut(server)).toMatchObject({ sha256 })
    expect(server.requests.slice(1).map((request) => request.split(' ')[1])).toEqual(
      [100_000, 150_000, 200_000, 250_000].map((first) => `bytes=${first}-`),
    )
  })

  it('does not continue a partial file without a description', async () => {
    const { url } = await drive()
    writeFileSync(join(cacheDir, `${fileNameOf(url)}.part`), file.subarray(0, 1000))
    writeFileSync(join(cacheDir, `${fileNameOf(url)}.part.json`), '{"id": 1')
    expect(await downloadCheckpoint(url, { cacheDir })).toMatchObject({ sha256 })
  })

  it('keeps the bytes so far when it is aborted, and continues the next time', async () => {
    const { url, requests } = await drive()
    const controller = new AbortController()
    const aborted = downloadCheckpoint(url, {
      cacheDir,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    expect(readdirSync(cacheDir).sort()).toEqual([`${fileNameOf(url)}.part`, `${fileNameOf(url)}.part.json`])
    expect(await downloadCheckpoint(url, { cacheDir, sha256 })).toMatchObject({ bytes: file.length })
    expect(requests.at(-1)).toMatch(/ bytes=[1-9]\d*-$/)
  })

  it('starts again if the file on the server has changed', async () => {
    const other = file.slice(0, 200_000)
    const server = await drive({
      misbehave: (count, { headers }) => {
        if (count === 1) return stalls
        // Like a server that receives an outdated If-Range.
        return headers['if-range'] === '"v1"' ? { status: 200, body: other, headers: { ETag: '"v2"' } } : {}
      },
    })
    expect(await downloadWithCut(server)).toMatchObject({ bytes: other.length })
  })

  it('starts again if a server sends another range than the requested one', async () => {
    const server = await drive({
      misbehave: (count) => {
        if (count === 1) return stalls
        return count === 2
          ? { body: file.subarray(0, 10), headers: { 'Content-Range': `bytes 0-9/${file.length}` } }
          : {}
      },
    })
    expect(await downloadWithCut(server, { sha256 })).toMatchObject({ bytes: file.length })
  })

  it('starts again if the ETag has changed, even if the server continues', async () => {
    const other = file.map((byte, i) => (i < 9 ? byte : byte ^ 255))
    const server = await start((request, response, count) => {
      const [bytes, version] = count === 1 ? [file, 'W/"v1"'] : [other, 'W/"v2"']
      sendBytes(bytes, request, response, { headers: { ETag: version }, ...(count === 1 && stalls) })
    })
    const { path } = await downloadWithCut(server)
    expect(Buffer.from(other).equals(readFileSync(path))).toBe(true)
    expect(server.requests.map((request) => request.split(' ')[1])).toEqual([undefined, 'bytes=100000-', undefined])
  })

  it('starts again if there is nothing left to continue', async () => {
    const server = await start((request, response, count) => {
      const bytes = count === 1 ? file : file.subarray(0, 50)
      sendBytes(bytes, request, response, count === 1 ? stalls : {})
    })
    expect(await downloadWithCut(server)).toMatchObject({ bytes: 50 })
  })

  it('gives up on a server that never sends the requested range', async () => {
    const server = await start((request, response) => {
      sendBytes(file, request, response, { status: 206, headers: { 'Content-Range': `bytes 5-9/${file.length}` } })
    })
    await expect(downloadCheckpoint(server.url, { cacheDir })).rejects.toMatchObject({ code: 'HTTP_CHANGED' })
    expect(server.requests).toHaveLength(4)
  })

  it('gives up if connections bring no more bytes', async () => {
    const server = await start((request, response) => sendBytes(file, request, response, { cutAfter: 0 }))
    await expect(downloadCheckpoint(server.url, { cacheDir })).rejects.toMatchObject({
      code: expect.stringMatching(/HTTP_PROTOCOL|SOURCE_UNREADABLE/),
    })
    expect(server.requests.length).toBeLessThan(20)
  })

  it('refuses more than the server announced', async () => {
    const server = await start((request, response, count) => {
      const more = new Uint8Array(file.length)
      sendBytes(file, request, response, count === 1 ? stalls : { body: more })
    })
    await expect(downloadWithCut(server)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringContaining('more than the 300000 bytes'),
    })
    expect(readdirSync(cacheDir)).toEqual([])
  })

  it('sends the cookies of a page to no other host', async () => {
    const cookies: (string | undefined)[] = []
    const files = await start((request, response) => {
      cookies.push(request.headers.cookie)
      sendBytes(file, request, response)
    })
    const pages = await start((_, response) => {
      const form = `<form id="download-form" action="${files.url}/x"><input type="hidden" name="id" value="1"></form>`
      response.writeHead(200, { 'Content-Type': 'text/html', 'Set-Cookie': 'NID=1' }).end(form)
    })
    expect(await downloadCheckpoint(pages.url, { cacheDir })).toMatchObject({ sha256 })
    expect(cookies).toEqual([undefined])
  })

  it('explains the page about an exhausted quota', async () => {
    const { url } = await drive({ quota: true })
    await expect(downloadCheckpoint(url, { cacheDir })).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      message: expect.stringMatching(/too many people .* Try again tomorrow/),
    })
  })

  it('quotes the title of any other page', async () => {
    const server = await start((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Sign in</title>')
    })
    await expect(downloadCheckpoint(server.url, { cacheDir })).rejects.toThrow(/got a web page \(Sign in\)/)
  })

  it('keeps no file with another checksum', async () => {
    const { url } = await drive()
    await expect(downloadCheckpoint(url, { cacheDir, sha256: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    })
    expect(readdirSync(cacheDir)).toEqual([])
  })

  it('keeps the old file if it cannot be downloaded again', async () => {
    let refuses = false
    const server = await start((request, response) => {
      if (refuses) response.writeHead(403).end()
      else sendBytes(file, request, response)
    })
    const { path } = await downloadCheckpoint(server.url, { cacheDir })
    refuses = true
    await expect(downloadCheckpoint(server.url, { cacheDir, force: true })).rejects.toMatchObject({
      code: 'HTTP_STATUS',
    })
    expect(readFileSync(path)).toHaveLength(file.length)
  })

  it('checks a cached file', async () => {
    const { url } = await drive()
    const { path } = await downloadCheckpoint(url, { cacheDir })
    writeFileSync(path, file.subarray(1))
    await expect(downloadCheckpoint(url, { cacheDir, sha256 })).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
    expect(await downloadCheckpoint(url, { cacheDir, sha256, force: true })).toMatchObject({ sha256, cached: false })
  })

  it('refuses an invalid checksum before it asks the server', async () => {
    const { url, requests } = await drive()
    await expect(downloadCheckpoint(url, { cacheDir, sha256: 'abc' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(requests).toEqual([])
  })

  it('refuses a file that is not a checkpoint', async () => {
    const { url } = await drive({ misbehave: () => ({ body: new TextEncoder().encode('GIF89a, not a checkpoint') }) })
    await expect(downloadCheckpoint(url, { cacheDir })).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' })
  })

  it('reports refusals without secrets, and leaves no files behind', async () => {
    const server = await start((_, response) => response.writeHead(404).end())
    await expect(downloadCheckpoint(`${server.url}/x.pt?token=abc`, { cacheDir })).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      message: expect.not.stringContaining('abc'),
    })
    expect(readdirSync(cacheDir)).toEqual([])
  })

  it('recognises a file that is not a checkpoint when it arrives byte by byte', async () => {
    const server = await start((_, response) => {
      response.writeHead(200, { 'Content-Length': 24 })
      const letters = [...'GIF89a, not a checkpoint']
      const next = () =>
        letters.length > 0 ? response.write(letters.shift()!, () => setImmediate(next)) : response.end()
      next()
    })
    await expect(downloadCheckpoint(server.url, { cacheDir })).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringContaining('starts with 47 49 46 38'),
    })
    expect(readdirSync(cacheDir)).toEqual([])
  })

  it('refuses a compressed response', async () => {
    const { url } = await drive({ misbehave: () => ({ headers: { 'Content-Encoding': 'gzip' } }) })
    await expect(downloadCheckpoint(url, { cacheDir })).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringContaining('Content-Encoding gzip'),
    })
  })

  it('reports bytes as they arrive', async () => {
    const { url } = await drive()
    const done: number[] = []
    await downloadCheckpoint(url, { cacheDir, onProgress: (progress) => done.push(progress.done) })
    expect(done.at(-1)).toBe(file.length)
    expect(done.every((value, i) => i === 0 || value > done[i - 1]!)).toBe(true)
  })

  it.each(['cc4m', 'file:///x.pt', 'http://', '__proto__'])('refuses the unknown name %s', async (name) => {
    await expect(downloadCheckpoint(name, { cacheDir })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('cc3m, cc12m, yfcc15m, merged30m'),
    })
  })

  it('names a folder that cannot be made', async () => {
    const blocked = join(cacheDir, 'a-file')
    writeFileSync(blocked, '')
    await expect(downloadCheckpoint('cc3m', { cacheDir: join(blocked, 'x') })).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    })
  })
})

describe('releasedCheckpoints', () => {
  it('are four files on Drive', () => {
    expect(Object.keys(releasedCheckpoints)).toEqual(['cc3m', 'cc12m', 'yfcc15m', 'merged30m'])
    for (const { url, file } of Object.values(releasedCheckpoints)) {
      expect(url).toMatch(/^https:\/\/drive\.google\.com\/uc\?id=[\w-]{33}&export=download$/)
      expect(file).toMatch(/_dreamlip_vitb16\.pt$/)
    }
  })
})
