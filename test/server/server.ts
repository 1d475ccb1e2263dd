/** A real HTTP server for tests. A test passes its behaviour as a handler. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** `count` is 1 for the first request. */
export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

export interface TestServer {
  readonly url: string
  /** Requested paths and ranges, in order: `/file bytes=0-99`. */
  readonly requests: readonly string[]
  /** Cuts every connection. */
  cut(): void
  close(): Promise<void>
}

/** Starts a server on a free port; with a certificate, it uses https. */
export async function serve(handler: Handler, certificate?: { key: string; cert: string }): Promise<TestServer> {
  const requests: string[] = []
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    requests.push([request.url, request.headers.range].filter(Boolean).join(' '))
    handler(request, response, requests.length)
  }
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cut: () => server.closeAllConnections(),
    close: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  }
}

/** The faults of a response. */
export interface Misbehaviour {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** Only this many bytes of the body are sent; then the connection is cut. */
  readonly cutAfter?: number
  /** Only this many bytes of the body are sent; then nothing. */
  readonly stallAfter?: number
  /** A body that replaces the right one. */
  readonly body?: Uint8Array
}

/** Responds with the bytes that the Range header requests, like a good server, except for the faults in `wrong`. */
export function sendBytes(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, cutAfter, stallAfter, body }: Misbehaviour = {},
): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const start = Number(first ?? 0)
  const end = Math.min(last ? Number(last) : bytes.length - 1, bytes.length - 1)
  const ranged = first !== undefined && status !== 200
  if (ranged && start > end) {
    response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end()
    return
  }
  const sent = body ?? (ranged ? bytes.subarray(start, end + 1) : bytes)
  response.writeHead(status ?? (ranged ? 206 : 200), {
    'Content-Type': 'application/octet-stream',
    'Content-Length': sent.length,
    ETag: '"v1"',
    ...(ranged && { 'Content-Range': `bytes ${start}-${end}/${bytes.length}` }),
    ...headers,
  })
  if (cutAfter !== undefined) response.write(sent.subarray(0, cutAfter), () => response.destroy())
  else if (stallAfter !== undefined) response.write(sent.subarray(0, stallAfter))
  else response.end(sent)
}
