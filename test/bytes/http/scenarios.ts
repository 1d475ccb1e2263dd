/** Behaviours of servers: correct, wrong, or sometimes wrong. Each is tested with every reader of bytes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { sendBytes, type Misbehaviour } from '../../server/server'

/** The readers. */
export type Reader = 'checkpoint' | 'image' | 'csv' | 'json' | 'download'

/** `good`: the reader gets the file. Otherwise, the error must have one of these codes. */
export type Outcome = 'good' | readonly string[]

export interface Scenario {
  readonly name: string
  readonly answer: (bytes: Uint8Array, request: IncomingMessage, response: ServerResponse, count: number) => void
  readonly outcome: Outcome
  /** Readers that cannot detect the fault, because only the server knows the file's length. */
  readonly not?: readonly Reader[]
  /** For readers that send other requests. */
  readonly except?: Partial<Record<Reader, Outcome>>
}

const protocol = ['HTTP_PROTOCOL']
const unreachable = ['SOURCE_UNREADABLE']
const changed = ['HTTP_CHANGED']
const refused = ['HTTP_STATUS']

/** A good server, except for the changes that `wrong` makes to the n-th response. */
const but =
  (wrong: (count: number, bytes: Uint8Array) => Misbehaviour): Scenario['answer'] =>
  (bytes, request, response, count) =>
    sendBytes(bytes, request, response, wrong(count, bytes))

/** Wrong for the first `answers` responses, then correct. */
const first = (answers: number, wrong: Scenario['answer']): Scenario['answer'] => {
  return (bytes, request, response, count) =>
    count <= answers ? wrong(bytes, request, response, count) : sendBytes(bytes, request, response)
}

const status =
  (code: number, headers: Record<string, string> = {}): Scenario['answer'] =>
  (_, __, response) =>
    void response.writeHead(code, headers).end()

const silent: Scenario['answer'] = () => undefined

const reset: Scenario['answer'] = (_, request) => void request.socket.destroy()

/** Sends the whole file without stating its length. */
const chunked: Scenario['answer'] = (bytes, _, response) => {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  response.write(bytes.subarray(0, 1000))
  response.end(bytes.subarray(1000))
}

/** Ends the connection after `part` of the file, as if that were all: no length, no chunks. */
const closing =
  (part: number): Scenario['answer'] =>
  (bytes, request, response) => {
    if (request.headers.range) return sendBytes(bytes, request, response)
    const { socket } = response
    socket!.write(
      'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nETag: "v1"\r\nConnection: close\r\n\r\n',
    )
    socket!.end(bytes.subarray(0, Math.ceil(bytes.length * part)))
  }

function drip(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  sendBytes(bytes, request, response, { stallAfter: 1 })
  let at = Number(/\d+/.exec(request.headers.range ?? '0')![0]) + 1
  const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 10)
  response.on('close', () => clearInterval(timer))
}

function slowly(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const piece = Math.ceil(bytes.length / 20)
  if (request.headers.range) return sendBytes(bytes, request, response)
  response.writeHead(200, { 'Content-Length': bytes.length, ETag: '"v1"' })
  let at = 0
  const timer = setInterval(() => {
    response.write(bytes.subarray(at, (at += piece)))
    if (at < bytes.length) return
    clearInterval(timer)
    response.end()
  }, 3)
}

function endless(bytes: Uint8Array, _: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  response.write(bytes)
  const block = Buffer.alloc(1 << 20, 'a')
  const more = () => {
    while (!response.destroyed && response.write(block));
  }
  response.on('drain', more)
  more()
}

export const scenarios: readonly Scenario[] = [
  { name: 'a good server', answer: but(() => ({})), outcome: 'good' },
  {
    name: 'a server that refuses HEAD',
    answer: (bytes, request, response) =>
      request.method === 'HEAD' ? void response.writeHead(405).end() : sendBytes(bytes, request, response),
    outcome: 'good',
  },
  { name: 'a server that is slow and steady', answer: slowly, outcome: 'good' },
  { name: 'silence at first', answer: first(1, silent), outcome: 'good' },
  { name: 'silence for ever', answer: silent, outcome: unreachable },
  {
    name: 'a body that stalls at first',
    answer: first(
      1,
      but(() => ({ stallAfter: 500 })),
    ),
    outcome: 'good',
  },
  {
    name: 'bodies that always stall early',
    answer: but(() => ({ stallAfter: 1 })),
    outcome: [...unreachable, ...protocol],
  },
  { name: 'a byte now and then', answer: drip, outcome: [...unreachable, ...protocol] },
  {
    name: 'a body that is cut at first',
    answer: first(
      1,
      but(() => ({ cutAfter: 500 })),
    ),
    outcome: 'good',
  },
  {
    name: 'bodies that are cut in the middle each time',
    answer: but(() => ({ cutAfter: 40_000 })),
    outcome: 'good',
    // These request the same bytes again.
    except: { checkpoint: [...protocol, ...unreachable], image: [...protocol, ...unreachable] },
  },
  {
    name: 'bodies that are cut at once each time',
    answer: but(() => ({ cutAfter: 5 })),
    outcome: [...protocol, ...unreachable],
  },
  {
    name: 'a body of half its length',
    answer: but((_, bytes) => ({ body: bytes.subarray(0, 20), headers: { 'Content-Length': '20' } })),
    outcome: [
      ...protocol,
      ...unreachable,
      ...changed,
      'IMAGE_INVALID',
      'FORMAT_UNKNOWN',
      'DATA_INVALID',
      'ZIP_INVALID',
      'DOWNLOAD_REFUSED',
      'problem',
    ],
    not: ['download'],
  },
  {
    name: 'a range that begins elsewhere',
    answer: (bytes, request, response) =>
      sendBytes(
        bytes,
        request,
        response,
        request.headers.range ? { headers: { 'Content-Range': `bytes 7-9/${bytes.length}` } } : { cutAfter: 40_000 },
      ),
    outcome: protocol,
    except: { image: [...protocol, ...unreachable], download: [...changed, ...protocol] },
  },
  {
    name: 'a total that changes',
    answer: (bytes, request, response, count) =>
      request.headers.range && count > 1
        ? sendBytes(Buffer.concat([bytes, bytes]), request, response)
        : sendBytes(bytes, request, response, request.headers.range ? {} : { cutAfter: 40_000 }),
    outcome: changed,
    except: { image: [...protocol, ...unreachable], download: [...changed, ...protocol] },
  },
  { name: 'no ranges', answer: but(() => ({ status: 200 })), outcome: 'good' },
  {
    name: 'no ranges, and a body that is cut at first',
    answer: first(
      2,
      but((count) => ({ status: 200, ...(count === 2 && { cutAfter: 40_000 }) })),
    ),
    outcome: 'good',
  },
  {
    name: 'another version after a break',
    answer: but((count) => ({ headers: { ETag: `"v${count}"` }, ...(count <= 2 && { cutAfter: 40_000 }) })),
    outcome: changed,
    except: { image: 'good', download: 'good', checkpoint: [...changed, ...protocol, ...unreachable] },
  },
  {
    name: 'another date after a break',
    answer: but((count) => ({
      headers: { ETag: '', 'Last-Modified': new Date(count * 1e9).toUTCString() },
      ...(count <= 2 && { cutAfter: 40_000 }),
    })),
    outcome: changed,
    except: { image: 'good', download: 'good', checkpoint: [...changed, ...protocol, ...unreachable] },
  },
  {
    name: 'a weak ETag and a break',
    answer: but((count) => ({ headers: { ETag: 'W/"v1"' }, ...(count === 2 && { cutAfter: 40_000 }) })),
    outcome: 'good',
  },
  {
    name: 'no ETag and a break',
    answer: but((count) => ({ headers: { ETag: '' }, ...(count === 2 && { cutAfter: 40_000 }) })),
    outcome: 'good',
  },
  { name: '429 with seconds', answer: first(1, status(429, { 'Retry-After': '0' })), outcome: 'good' },
  {
    name: '429 with a date',
    answer: first(1, status(429, { 'Retry-After': new Date(0).toUTCString() })),
    outcome: 'good',
  },
  { name: '503 at first', answer: first(1, status(503)), outcome: 'good' },
  { name: '503 for ever', answer: status(503, { 'Retry-After': '0' }), outcome: refused },
  { name: '500 for ever', answer: status(500), outcome: refused },
  { name: '401', answer: status(401), outcome: refused },
  { name: '403', answer: status(403), outcome: refused },
  { name: '404', answer: status(404), outcome: refused },
  {
    name: 'a redirect',
    answer: (bytes, request, response) =>
      request.url?.endsWith('moved')
        ? sendBytes(bytes, request, response)
        : status(302, { Location: '/moved' })(bytes, request, response, 0),
    outcome: 'good',
  },
  { name: 'a redirect loop', answer: status(302, { Location: '/again' }), outcome: unreachable },
  { name: 'a redirect to no address', answer: status(302, { Location: 'http://' }), outcome: unreachable },
  { name: 'no length', answer: chunked, outcome: 'good' },
  { name: 'an endless body', answer: endless, outcome: [...protocol, 'IMAGE_TOO_LARGE', 'DATA_INVALID', 'problem'] },
  {
    name: 'a web page',
    answer: (_, __, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Log in</title>'),
    outcome: protocol,
    except: { download: ['DOWNLOAD_REFUSED'] },
  },
  {
    name: 'a Content-Encoding',
    answer: (bytes, _, response) => {
      const body = gzipSync(bytes)
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': body.length }).end(body)
    },
    outcome: 'good',
    except: { checkpoint: protocol, download: protocol },
  },
  { name: 'a connection that is reset at first', answer: first(1, reset), outcome: 'good' },
  { name: 'connections that are always reset', answer: reset, outcome: unreachable },
  {
    name: 'a Content-Range that makes no sense',
    answer: but(() => ({ status: 206, headers: { 'Content-Range': 'bytes x-y/z' } })),
    outcome: protocol,
    except: { image: 'good' },
  },
  {
    name: 'several ranges at once',
    answer: but(() => ({
      status: 206,
      headers: { 'Content-Type': 'multipart/byteranges; boundary=x', 'Content-Range': '' },
    })),
    outcome: protocol,
    except: { image: 'good' },
  },
  {
    name: 'an empty file',
    answer: status(200, { 'Content-Length': '0' }),
    outcome: [
      ...protocol,
      'FORMAT_UNKNOWN',
      'IMAGE_INVALID',
      'DATA_INVALID',
      'problem',
      'DATA_EMPTY',
      'DOWNLOAD_REFUSED',
    ],
  },
  {
    name: 'nothing at all',
    answer: status(204),
    outcome: [
      ...protocol,
      'FORMAT_UNKNOWN',
      'IMAGE_INVALID',
      'DATA_INVALID',
      'problem',
      'DATA_EMPTY',
      'DOWNLOAD_REFUSED',
    ],
  },
  {
    name: '416 for everything',
    answer: status(416),
    outcome: [
      ...protocol,
      'HTTP_CHANGED',
      'IMAGE_INVALID',
      'DATA_INVALID',
      'problem',
      'HTTP_STATUS',
      'FORMAT_UNKNOWN',
      'DATA_EMPTY',
    ],
  },
  {
    name: 'a Content-Length that is no number',
    answer: (_, request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n${'a'.repeat(100)}`)
    },
    outcome: [...protocol, ...unreachable],
  },
  {
    name: 'half a file that ends as if it were whole',
    answer: closing(0.5),
    outcome: 'good',
    except: { image: ['IMAGE_INVALID'], download: ['DOWNLOAD_REFUSED'] },
  },
  { name: 'a whole file that ends with the connection', answer: closing(1), outcome: 'good' },
]
