import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseContentRange } from '../../../src/bytes/http/answer'
import { openURL } from '../../../src/bytes/http/ranges'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import { pyTorchChunks } from '../../../src/checkpoint/torch/torch-writer'
import type { HostTensor } from '../../../src/checkpoint/tensor'
import { selfSigned } from '../../server/certificate'
import { hurry } from '../../server/hurry'
import { sendBytes, serve, type Handler, type Misbehaviour, type TestServer } from '../../server/server'

const file = new Uint8Array(200_000).map((_, i) => i % 251)

hurry(100)

const servers: TestServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start(handler: Handler): Promise<TestServer> {
  const server = await serve(handler)
  servers.push(server)
  return server
}

/** A server for `file` whose n-th response is wrong. */
function misbehaving(wrong: (count: number, request: IncomingMessage) => Misbehaviour): Promise<TestServer> {
  return start((request, response, count) => sendBytes(file, request, response, wrong(count, request)))
}

/** Opens the file and reads a far range of it. */
async function readFar({ url }: TestServer, signal?: AbortSignal): Promise<Uint8Array> {
  const source = await openURL(url, { signal })
  return source.read(150_000, 10, signal)
}

describe('openURL', () => {
  it('reads only the requested ranges, neighbours in one request', async () => {
    const server = await misbehaving(() => ({}))
    const source = await openURL(server.url)
    expect(source.byteLength).toBe(file.length)
    expect(await source.read(100, 5)).toEqual(file.subarray(100, 105))
    expect(await source.read(150_000, 10)).toEqual(file.subarray(150_000, 150_010))
    expect(await source.read(150_010, 10)).toEqual(file.subarray(150_010, 150_020))
    expect(server.requests).toEqual(['/ bytes=0-65535', '/ bytes=150000-199999'])
    expect(source.bytesRead).toBe(65_536 + 50_000)
  })

  it('refuses to read beyond the end', async () => {
    const source = await openURL((await misbehaving(() => ({}))).url)
    await expect(source.read(199_999, 2)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' })
  })

  it('reads a small file whole when the server ignores ranges', async () => {
    const server = await misbehaving(() => ({ status: 200 }))
    expect(await readFar(server)).toEqual(file.subarray(150_000, 150_010))
  })

  it('refuses a large file when the server ignores ranges, without reading it', async () => {
    const server = await start((_, response) => {
      response.writeHead(200, { 'Content-Length': 600_000_000 })
      response.write(file)
    })
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/does not support ranges, and the file has 600000000 bytes/),
    })
  })

  it.each([
    ['another start', 'bytes 1-65536/200000'],
    ['another end', 'bytes 0-9/200000'],
    ['a total that is too small', 'bytes 0-65535/100'],
    ['no total', 'bytes 0-65535/*'],
    ['another unit', 'pages 0-65535/200000'],
    ['numbers beyond 2^53', 'bytes 0-65535/99999999999999999999'],
  ])('refuses a Content-Range with %s', async (_, range) => {
    const server = await misbehaving(() => ({ headers: { 'Content-Range': range } }))
    await expect(openURL(server.url)).rejects.toMatchObject({ code: 'HTTP_PROTOCOL' })
  })

  it.each([
    ['ETag', { ETag: '"v2"' }],
    ['size', { 'Content-Range': 'bytes 150000-199999/300000' }],
  ])('fails when the %s changes midway', async (_, headers) => {
    const server = await misbehaving((count) => (count === 1 ? {} : { headers }))
    await expect(readFar(server)).rejects.toMatchObject({ code: 'HTTP_CHANGED' })
  })

  it('fails when the file has become shorter than the requested range', async () => {
    const server = await start((request, response, count) => {
      sendBytes(count === 1 ? file : file.subarray(0, 100), request, response)
    })
    await expect(readFar(server)).rejects.toMatchObject({ code: 'HTTP_CHANGED' })
  })

  it('reports that a file is empty', async () => {
    const server = await start((request, response) => sendBytes(new Uint8Array(), request, response))
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/is empty/),
    })
  })

  it('fails when Last-Modified changes midway', async () => {
    const server = await misbehaving((count) => ({
      headers: { ETag: '', 'Last-Modified': new Date(count * 1e9).toUTCString() },
    }))
    await expect(readFar(server)).rejects.toMatchObject({ code: 'HTTP_CHANGED' })
  })

  it('retries after a body that is too short', async () => {
    const server = await misbehaving((count) => (count === 2 ? { cutAfter: 5 } : {}))
    expect(await readFar(server)).toEqual(file.subarray(150_000, 150_010))
  })

  it('gives up on a server that always sends less than it announces', async () => {
    const server = await start((request, response) => {
      sendBytes(file, request, response, { body: file.subarray(0, 100), headers: { 'Content-Length': '100' } })
    })
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/ended after 100 of 65536 bytes/),
    })
  })

  it('stops reading a body that is longer than the requested range', async () => {
    const server = await misbehaving((count) => (count === 2 ? { body: file } : {}))
    await expect(readFar(server)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/more than the 50000 bytes/),
    })
  })

  it('refuses a Content-Encoding, and does not request one', async () => {
    let asked: string | undefined
    const server = await misbehaving((_, request) => {
      asked = String(request.headers['accept-encoding'])
      return { headers: { 'Content-Encoding': 'gzip' }, body: new Uint8Array(20) }
    })
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/Content-Encoding gzip/),
    })
    // Node adds a second "identity".
    expect(asked).toMatch(/^identity(, identity)?$/)
  })

  it('gives up on a redirect loop', async () => {
    vi.unstubAllGlobals() // on a busy machine, many hops take longer than a hurried clock allows
    const server = await start((_, response) => response.writeHead(302, { Location: '/' }).end())
    await expect(openURL(server.url)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(server.requests.length).toBeLessThan(30)
  })

  it('refuses a redirect from https to http', async () => {
    const plain = await misbehaving(() => ({}))
    const secure = await serve((_, response) => response.writeHead(302, { Location: plain.url }).end(), selfSigned())
    servers.push(secure)
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const opened = openURL(secure.url).finally(() => vi.unstubAllEnvs())
    await expect(opened).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/redirects from https to http/),
    })
  })

  it('follows a redirect', async () => {
    const server = await start((request, response) => {
      if (request.url === '/file') sendBytes(file, request, response)
      else response.writeHead(302, { Location: '/file' }).end()
    })
    expect((await openURL(server.url)).byteLength).toBe(file.length)
  })

  it('recognises a web page by its Content-Type', async () => {
    const server = await start((_, response) => {
      response
        .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
        .end('<!doctype html><title>Log in</title>')
    })
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/web page/),
    })
  })

  it('recognises a web page that is sent as a file', async () => {
    const page = new TextEncoder().encode('<!doctype html><title>Log in</title>' + ' '.repeat(100))
    const server = await start((request, response) => sendBytes(page, request, response))
    await expect(readCheckpoint(`${server.url}/model.pt`)).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringMatching(/web page/),
    })
  })

  it('waits as long as a busy server asks, then retries', async () => {
    const busy = (response: ServerResponse) => response.writeHead(429, { 'Retry-After': '0' }).end()
    const server = await start((request, response, count) => {
      if (count <= 2) busy(response)
      else sendBytes(file, request, response)
    })
    expect((await openURL(server.url)).byteLength).toBe(file.length)
    expect(server.requests.length).toBe(3)
  })

  it('gives up on a server that stays busy', async () => {
    const server = await start((_, response) => response.writeHead(503, { 'Retry-After': '0' }).end())
    await expect(openURL(server.url)).rejects.toMatchObject({ code: 'HTTP_STATUS' })
    expect(server.requests.length).toBe(4)
  })

  it('does not retry when access is forbidden', async () => {
    const server = await start((_, response) => response.writeHead(403).end())
    await expect(openURL(`${server.url}/secret.pt?token=abc`)).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      message: expect.not.stringContaining('abc'),
    })
    expect(server.requests.length).toBe(1)
  })

  it('retries when a server stalls in the middle of a body', async () => {
    const server = await misbehaving((count) => (count === 2 ? { stallAfter: 1000 } : {}))
    expect(await readFar(server)).toEqual(file.subarray(150_000, 150_010))
    expect(server.requests.length).toBe(3)
  })

  it('can be aborted while a body stalls', async () => {
    const controller = new AbortController()
    const server = await misbehaving((count) => {
      if (count === 1) return {}
      setTimeout(() => controller.abort(), 1000)
      return { stallAfter: 1000 }
    })
    await expect(readFar(server, controller.signal)).rejects.toMatchObject({ name: 'AbortError' })
    expect(server.requests.length).toBe(2)
  })

  it('can be aborted while a server does not answer', async () => {
    const controller = new AbortController()
    const server = await start(() => controller.abort())
    await expect(openURL(server.url, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('can be aborted while it waits for a retry', async () => {
    const controller = new AbortController()
    const server = await start((_, response) => {
      response.writeHead(503, { 'Retry-After': '3600' }).end()
      setTimeout(() => controller.abort(), 50)
    })
    await expect(openURL(server.url, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('says which headers a server of another origin must expose', async () => {
    const server = await start((_, response) => {
      response.writeHead(206, { 'Content-Length': 65_536 }).end(file.subarray(0, 65_536))
    })
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'HTTP_PROTOCOL',
      message: expect.stringMatching(/Access-Control-Expose-Headers: Content-Range/),
    })
  })

  it('names an address that does not answer', async () => {
    const server = await serve(() => undefined)
    await server.close()
    await expect(openURL(server.url)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining(server.url),
    })
  })
})

describe('parseContentRange', () => {
  it('reads start, end and total', () => {
    expect(parseContentRange('x', 'bytes 5-9/100')).toEqual({ start: 5, end: 9, total: 100 })
  })
})

describe('readCheckpoint over HTTP', () => {
  it('reads a checkpoint as from a file', async () => {
    const bytes = readFileSync('test/fixtures/models/mini.pt')
    const server = await start((request, response) => sendBytes(bytes, request, response))
    const [remote, local] = await Promise.all([readCheckpoint(server.url), readCheckpoint(bytes)])
    expect([...remote.tensors.keys()]).toEqual([...local.tensors.keys()])
    for (const [name, tensor] of remote.tensors)
      expect(await tensor.read()).toEqual(await local.tensors.get(name)!.read())
  })

  it('never fetches the optimizer state of a training checkpoint', async () => {
    const tensor = (value: number): HostTensor => ({
      data: new Float32Array(100_000).fill(value),
      shape: [100_000],
      dtype: 'float32',
    })
    const weights = new Map([1, 2, 3].map((value) => [`module.w${value}`, tensor(value)]))
    const moments = new Map([1, 2, 3].map((value) => [value, { exp_avg: tensor(9), exp_avg_sq: tensor(9) }]))
    const state = { epoch: 1, state_dict: weights, optimizer: { state: moments } }
    const bytes = Buffer.concat([...pyTorchChunks(state)])
    const server = await start((request, response) => sendBytes(bytes, request, response))
    const checkpoint = await readCheckpoint(server.url)
    for (const { read } of checkpoint.tensors.values()) await read()
    expect([...checkpoint.tensors.keys()]).toEqual(['w1', 'w2', 'w3'])
    expect(bytes.length).toBeGreaterThan(3_600_000)
    expect(checkpoint.bytesRead).toBeLessThan(1_200_000 + 5 * 65_536)
  })
})
