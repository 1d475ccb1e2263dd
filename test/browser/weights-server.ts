/** A server of weights for pages of other origins: it counts requests, changes versions, stops responding, and can be cut off. */
import { readFileSync, statSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface WeightsServer {
  readonly url: string
  /** `path range → status`, and the number of bytes that were sent. */
  readonly requests: {
    readonly path: string
    readonly range?: string
    readonly status: number
    readonly bytes: number
  }[]
  /** Breaks every connection. */
  isCut: boolean
  /** Number of requests to answer; later ones get no response. */
  answers: number
  /** Changes the version of every file. Without it, files have neither ETag nor Last-Modified. */
  etag: string | undefined
  lastModified: string | undefined
  supportsRanges: boolean
  /** Responds to every request with this status. */
  status: number | undefined
  /** Bytes of all responses since the last call. */
  sent(): number
  close(): Promise<void>
}

const shared = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Range, If-Range, Authorization',
  'Access-Control-Expose-Headers': 'ETag, Content-Range',
  'Cross-Origin-Resource-Policy': 'cross-origin',
}

export async function serveWeights(folder: string): Promise<WeightsServer> {
  let counted = 0
  const state = {
    requests: [] as WeightsServer['requests'],
    isCut: false,
    answers: Infinity,
    etag: '"1"' as string | undefined,
    lastModified: undefined as string | undefined,
    supportsRanges: true,
    status: undefined as number | undefined,
  }
  const server = createServer((request, response) => {
    if (state.isCut) return void request.socket.destroy()
    if (request.method === 'OPTIONS') return void response.writeHead(204, shared).end()
    if (state.status !== undefined) return void response.writeHead(state.status, shared).end()
    if (state.answers-- <= 0) return
    const { pathname } = new URL(request.url!, 'http://localhost')
    const { status, bytes } = answer(join(folder, pathname), state, request.headers.range, response)
    state.requests.push({ path: pathname, range: request.headers.range, status, bytes })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent() {
      const added = state.requests.slice(counted).reduce((sum, { bytes }) => sum + bytes, 0)
      counted = state.requests.length
      return added
    },
    close: () => new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  })
}

function answer(
  file: string,
  { etag, lastModified, supportsRanges }: Pick<WeightsServer, 'etag' | 'lastModified' | 'supportsRanges'>,
  range: string | undefined,
  response: ServerResponse,
) {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404, shared).end()
    return { status: 404, bytes: 0 }
  }
  const all = readFileSync(file)
  const [, first, last] = (supportsRanges && /^bytes=(\d+)-(\d+)$/.exec(range ?? '')) || []
  const body = first === undefined ? all : all.subarray(Number(first), Number(last) + 1)
  const status = first === undefined ? 200 : 206
  response.writeHead(status, {
    ...shared,
    'Content-Length': body.length,
    ...(etag !== undefined && { ETag: etag }),
    ...(lastModified !== undefined && { 'Last-Modified': lastModified }),
    ...(first !== undefined && { 'Content-Range': `bytes ${first}-${Number(first) + body.length - 1}/${all.length}` }),
  })
  response.end(body)
  return { status, bytes: body.length }
}
