/** The headers that requests send, and those that they must not send to other hosts. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { version } from '../../../package.json'
import { readBytes } from '../../../src/bytes/read/read-bytes'
import {
  downloadCheckpoint,
  DreamLIP,
  LongCaptionDataset,
  preprocessImage,
  readCheckpoint,
  type ConfigInput,
} from '../../../src/index.node.ts'
import { sendBytes, serve, type TestServer } from '../../server/server'

const checkpoint = readFileSync('test/fixtures/models/mini.pt')
const { config } = JSON.parse(readFileSync('test/fixtures/models/mini.json', 'utf8')) as { config: ConfigInput }
const picture = readFileSync('examples/photos/chelsea.png')
const table = Buffer.from('image,caption\na.png,A cat that looks into the camera.\n')

let folder: string
let servers: TestServer[]
/** Headers of all requests, in order. */
let seen: IncomingMessage['headers'][]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-headers-'))
  vi.stubEnv('DREAMLIP_CACHE', folder)
  servers = []
  seen = []
})
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()))
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

async function serveFiles(
  answer: (request: IncomingMessage, response: ServerResponse) => void = good,
): Promise<string> {
  const server = await serve((request, response) => {
    seen.push(request.headers)
    answer(request, response)
  })
  servers.push(server)
  return server.url
}

function good(request: IncomingMessage, response: ServerResponse): void {
  const bytes = { pt: checkpoint, png: picture, csv: table }[/\w+$/.exec(request.url!)![0]]
  if (bytes) sendBytes(bytes, request, response)
  else response.writeHead(404).end()
}

const headers = { authorization: 'Bearer hidden', range: 'bytes=5-6' }

const readers: Record<string, (url: string) => Promise<unknown>> = {
  readCheckpoint: async (url) => (await readCheckpoint(`${url}/model.pt`, { headers })).close(),
  'DreamLIP.load': async (url) =>
    (await DreamLIP.load(`${url}/model.pt`, { headers, config, device: 'cpu' })).dispose(),
  preprocessImage: (url) => preprocessImage(`${url}/a.png`, { headers, size: 8 }),
  'LongCaptionDataset.open': (url) => LongCaptionDataset.open(`${url}/table.csv`, { headers }),
  downloadCheckpoint: (url) => downloadCheckpoint(`${url}/model.pt`, { headers, cacheDir: folder }),
}

describe.each(Object.entries(readers))('%s', (_, read) => {
  it('sends the caller’s headers and the User-Agent with every request, and sets the ranges itself', async () => {
    await read(await serveFiles())
    expect(seen.length).toBeGreaterThan(0)
    for (const request of seen) {
      expect(request).toMatchObject({ authorization: 'Bearer hidden' })
      expect(request['user-agent']).toContain(`dreamlip/${version}`)
      expect(String(request.range)).not.toContain('5-6')
    }
  })

  it('does not send authorization to another host', async () => {
    const other = await serveFiles()
    const requests = seen
    seen = []
    const first = await serve((request, response) => {
      response.writeHead(302, { Location: `${other}${request.url}` }).end()
    })
    servers.push(first)
    await read(first.url)
    expect(requests.length + seen.length).toBeGreaterThan(0)
    for (const request of [...requests, ...seen]) expect(request.authorization).toBeUndefined()
  })
})

describe('an image for a model', () => {
  it('is requested with the headers of the call', async () => {
    const url = await serveFiles()
    const model = await DreamLIP.load('test/fixtures/models/mini.pt', { config, device: 'cpu' })
    await model.encodeImage([`${url}/a.png`], { headers })
    model.dispose()
    expect(seen[0]).toMatchObject({ authorization: 'Bearer hidden' })
  })
})

describe('a caller’s own user agent', () => {
  it('replaces the usual one', async () => {
    const url = await serveFiles()
    await readBytes(`${url}/a.png`, { limit: 1e6, headers: { 'USER-AGENT': 'mine/1' } })
    expect(seen[0]!['user-agent']).toBe('mine/1')
  })
})

describe('user and password in an address', () => {
  it('are sent as authorization and never shown', async () => {
    const url = await serveFiles()
    const secret = url.replace('//', '//me:pass%40word@')
    await readBytes(`${secret}/a.png`, { limit: 1e6 })
    expect(seen[0]!.authorization).toBe(`Basic ${Buffer.from('me:pass@word').toString('base64')}`)
    const error = await readBytes(`${secret}/missing`, { limit: 1e6 }).catch((error: Error) => error.message)
    expect(error).toMatch(/\/missing: the server answers 404/)
    expect(error).not.toMatch(/me:|pass/)
  })
})

describe('headers that cannot be sent', () => {
  it.each([
    [{ authorization: 'hidden\nhidden' }],
    [{ 'bad name': 'hidden' }],
    [{ authorization: 5 as unknown as string }],
    ['hidden' as unknown as Record<string, string>],
    [null as unknown as Record<string, string>],
  ])('are refused without a request, and not shown: %j', async (headers) => {
    const url = await serveFiles()
    const reading = readBytes(`${url}/a.png`, { limit: 1e6, headers })
    const error = await reading.catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect((error as Error).message).not.toContain('hidden')
    expect(seen).toEqual([])
  })
})
