/** A web server for local folders, which supports range requests and records all requests. */
import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

export interface ServedRequest {
  readonly path: string
  readonly range: string | undefined
  readonly status: number
  /** Length of the body. */
  readonly bytes: number
}

export interface FileServer {
  readonly url: string
  readonly requests: readonly ServedRequest[]
  close(): Promise<void>
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
}

/** Headers of a page that may share memory between threads (`crossOriginIsolated`). */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/**
 * @param folders by the first part of the path: `{ photos: 'examples/photos' }` serves `/photos/cat.png`
 * @param headers of every response
 */
export async function serveFiles(
  folders: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<FileServer> {
  const requests: ServedRequest[] = []
  const server = createServer((request, response) => {
    Object.entries(headers).forEach(([name, value]) => response.setHeader(name, value))
    const { pathname } = new URL(request.url!, 'http://localhost')
    const [, prefix = '', ...rest] = pathname.split('/')
    const folder = folders[prefix]
    const file = folder && join(folder, normalize(`/${decodeURIComponent(rest.join('/'))}`))
    const { status, bytes } = file ? sendFile(file, request, response) : sendNothing(response, 404)
    requests.push({ path: pathname, range: request.headers.range, status, bytes })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  }
}

function sendFile(file: string, request: IncomingMessage, response: ServerResponse) {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile()) return sendNothing(response, 404)
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const start = Number(first ?? 0)
  const end = Math.min(last ? Number(last) : stat.size - 1, stat.size - 1)
  if (start > end) return sendNothing(response, 416, { 'Content-Range': `bytes */${stat.size}` })
  const status = first === undefined ? 200 : 206
  response.writeHead(status, {
    'Content-Type': contentTypes[extname(file)] ?? 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Accept-Ranges': 'bytes',
    ETag: `"${stat.size}-${stat.mtimeMs}"`,
    ...(status === 206 && { 'Content-Range': `bytes ${start}-${end}/${stat.size}` }),
  })
  const bytes = request.method === 'HEAD' ? 0 : end - start + 1
  if (bytes === 0) response.end()
  else createReadStream(file, { start, end }).pipe(response)
  return { status, bytes }
}

function sendNothing(response: ServerResponse, status: number, headers: Record<string, string> = {}) {
  response.writeHead(status, headers).end()
  return { status, bytes: 0 }
}
