/** Serves an index of images: a page for people, and searches for programs. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, resolve } from 'node:path'
import { checkChoice, checkObject, checkText, checkWhole } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { checkKeys, type KeysOf } from '../../known-keys'
import { HTTPError, securityHeaders, sendError } from './http/answer.node.ts'
import { refusalOf, type Expected } from './http/guard'
import { listen } from './http/listen.node.ts'
import { createPictureNames } from './pictures/picture-names.node.ts'
import type { ServedIndex } from './pictures/served-index.node.ts'
import { createRoutes } from './routes.node.ts'
import { findServer } from './running/find-server.node.ts'
import { createToken, removeServerFile, writeServerFile } from './running/server-file.node.ts'

/** Addresses that are reachable only from this machine. */
const loopbacks = ['127.0.0.1', 'localhost', '::1'] as const

export interface ServeOptions {
  /** Default 8600; 0 takes any free port. */
  readonly port?: number
  /** Default `127.0.0.1`. All choices are reachable only from this machine: use an SSH tunnel from another. */
  readonly host?: (typeof loopbacks)[number]
  /** The name of the collection on the page; default: the name of the index's folder. */
  readonly title?: string
}

/** A running server. */
export interface IndexServer extends AsyncDisposable {
  /** The address of the page: `http://127.0.0.1:8600`. */
  readonly url: string
  /** Ends all connections and stops. The index stays open. */
  close(): Promise<void>
}

const optionKeys: KeysOf<ServeOptions> = { port: 0, host: 0, title: 0 }

/**
 * Serves an index on this machine: a page to search it in a browser, and searches for `findServer`. It serves the pictures of the
 * index and no other file, and refuses requests from other sites (docs/search.md). Until it is closed, the index's folder contains
 * its address. Node only.
 * @throws DreamLIPError `IN_USE` if the port is taken or another server has the index open; `INVALID_ARGUMENT`; `WRITE_FAILED`
 *
 * @example
 * const index = await ImageIndex.open('photos.index', { model })
 * const server = await serveIndex(index)
 * console.log(server.url) // http://127.0.0.1:8600
 */
export async function serveIndex(index: ServedIndex, options: ServeOptions = {}): Promise<IndexServer> {
  checkObject('index', index, 'an index of images, as ImageIndex.open returns it')
  const { port = 8600, host = '127.0.0.1', title } = checkKeys('options', checkObject('options', options), optionKeys)
  checkWhole('port', port, 0, 65_535)
  checkChoice('host', host, loopbacks)
  if (title !== undefined) checkText('title', title)
  const { folder } = index
  await refuseSecond(folder)

  const token = createToken()
  const expected: { hosts: readonly string[] } & Expected = {
    hosts: [],
    isAuthorized: (header) => isEqual(header, `Bearer ${token}`),
  }
  const routes = createRoutes({
    index,
    names: createPictureNames(token),
    title: title ?? basename(resolve(folder)),
  })
  const listening = await listen((request, response) => void answer(request, response, routes, expected), {
    host,
    port,
  })
  expected.hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${listening.port}`)
  const url = `http://${host === '::1' ? '[::1]' : host}:${listening.port}`
  const close = async () => {
    await removeServerFile(folder, token)
    await listening.close()
  }
  try {
    await writeServerFile(folder, { url, token })
  } catch (error) {
    await listening.close()
    throw error
  }
  return { url, close, [Symbol.asyncDispose]: close }
}

async function refuseSecond(folder: string): Promise<void> {
  const running = await findServer(folder)
  if (!running) return
  throw new DreamLIPError(
    'IN_USE',
    `${folder}: process ${running.pid} serves this index already, at ${running.url}. Open that address, or end the process first.`,
  )
}

/** Compares in constant time, which reveals nothing about the token. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReturnType<typeof createRoutes>,
  expected: Expected,
): Promise<void> {
  Object.entries(securityHeaders).forEach(([name, value]) => response.setHeader(name, value))
  const left = new AbortController()
  response.on('close', () => left.abort())
  try {
    const { method = '', url: target = '', headers, rawHeaders } = request
    const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
    const refusal = refusalOf({ method, target, headers, hosts }, expected)
    if (refusal) throw new HTTPError(refusal.status, refusal.message)
    await routes(method, target.replace(/\?.*$/s, ''))(request, response, left.signal)
  } catch (error) {
    if (!left.signal.aborted) sendError(response, error)
  }
}
