/** A server that behaves like the Hugging Face Hub, with a second host for large files, like its CDN. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendBytes, serve, type Misbehaviour, type TestServer } from './server'

/** The files of a commit by their paths. */
export type HubFiles = Readonly<Record<string, Uint8Array | string>>

export interface HubRepository {
  /** Branches and tags. */
  readonly refs: Record<string, string>
  readonly commits: Record<string, HubFiles>
  /** The only token that may read it. */
  readonly token?: string
  /** Whether its terms must be accepted: it exists for everyone, and only the token may read its files. */
  readonly gated?: boolean
}

export interface HubOptions {
  /** Files of at least this many bytes are stored by the other host (LFS); default 1,000. */
  readonly large?: number
  /** The fault in the n-th response of the other host, counted from 1. */
  readonly misbehave?: (count: number, request: IncomingMessage) => Misbehaviour
  /** Whether `api/models` exists; default true. Simple mirrors lack it. */
  readonly api?: boolean
}

export interface TestHub {
  readonly url: string
  readonly repositories: Record<string, HubRepository>
  /** Methods and paths, in order: `HEAD /owner/name/resolve/main/config.json`. */
  readonly requests: string[]
  /** The same for the host that stores large files. */
  readonly stored: string[]
  /** The Authorization header of every request, by host. */
  readonly tokens: { readonly hub: (string | undefined)[]; readonly store: (string | undefined)[] }
  cut(): void
  close(): Promise<void>
}

/** The name of a commit. */
export function commitOf(seed: string): string {
  return createHash('sha1').update(seed).digest('hex')
}

/** A repository with one commit, which `main` points to. */
export function repository(files: HubFiles, rest: Partial<HubRepository> = {}): HubRepository {
  const commit = commitOf(JSON.stringify(Object.keys(files)))
  return { refs: { main: commit }, commits: { [commit]: files }, ...rest }
}

export async function serveHub(
  repositories: Record<string, HubRepository>,
  { large = 1000, misbehave, api = true }: HubOptions = {},
): Promise<TestHub> {
  const requests: string[] = []
  const stored: string[] = []
  const tokens: TestHub['tokens'] = { hub: [], store: [] }
  const blobs = new Map<string, Uint8Array>()
  const store = await serve((request, response, count) => {
    stored.push(described(request))
    tokens.store.push(request.headers.authorization)
    // The real host does not answer preflight requests either, so pages may only send requests that need none.
    if (request.method === 'OPTIONS') return void response.writeHead(403).end()
    const bytes = blobs.get(new URL(request.url!, store.url).pathname.slice(1))
    // The host for large files uses its own ETags.
    if (bytes)
      sendBytes(bytes, request, response, { headers: { ...cors, ETag: '"store"' }, ...misbehave?.(count, request) })
    else response.writeHead(403).end()
  })
  const hub = await serve((request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end()
    requests.push(described(request))
    tokens.hub.push(request.headers.authorization)
    answer({ repositories, large, api, store, blobs }, request, response)
  })
  return {
    ...{ url: hub.url, repositories, requests, stored, tokens },
    cut: () => [hub, store].forEach((server) => server.cut()),
    close: async () => void (await Promise.all([hub.close(), store.close()])),
  }
}

interface Setting {
  readonly repositories: Record<string, HubRepository>
  readonly large: number
  readonly api: boolean
  readonly store: TestServer
  readonly blobs: Map<string, Uint8Array>
}

function answer(setting: Setting, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url!, 'http://hub')
  const [, api, id, path = ''] = /^\/(api\/models\/)?([^/]+\/[^/]+)\/(?:resolve|revision)\/(.+)$/.exec(pathname) ?? []
  const found = id === undefined ? undefined : setting.repositories[id]
  const isAllowed = found && (found.token === undefined || request.headers.authorization === `Bearer ${found.token}`)
  // The Hub does not reveal to strangers which private repositories exist.
  if (!found || (!isAllowed && !found.gated))
    return refuse(response, request.headers.authorization ? 404 : 401, 'RepoNotFound')
  const [encoded = '', ...names] = path.split('/')
  const revision = decodeURIComponent(encoded)
  const commit = found.refs[revision] ?? revision
  const files = found.commits[commit]
  if (!files) return refuse(response, 404, 'RevisionNotFound')
  if (api !== undefined) return setting.api ? list(response, commit, files) : refuse(response, 404)
  if (!isAllowed) return refuse(response, request.headers.authorization ? 403 : 401, 'GatedRepo', commit)
  const contents = files[names.map(decodeURIComponent).join('/')]
  if (contents === undefined) return refuse(response, 404, 'EntryNotFound', commit)
  sendFile(setting, commit, Buffer.from(contents), request, response)
}

function list(response: ServerResponse, commit: string, files: HubFiles): void {
  const siblings = Object.keys(files).map((rfilename) => ({ rfilename }))
  response
    .writeHead(200, { ...cors, 'Content-Type': 'application/json' })
    .end(JSON.stringify({ sha: commit, siblings }))
}

function sendFile(
  { large, store, blobs }: Setting,
  commit: string,
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = { ...cors, 'X-Repo-Commit': commit }
  if (bytes.length < large) {
    const git = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
    return sendBytes(bytes, request, response, { headers: { ...headers, ETag: `"${git}"` } })
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  blobs.set(sha256, bytes)
  response.writeHead(302, {
    ...headers,
    Location: `${store.url}/${sha256}?signature=secret`,
    ETag: '"of the pointer"',
    'X-Linked-Etag': `"${sha256}"`,
    'X-Linked-Size': bytes.length,
  })
  response.end('Found')
}

const cors = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Authorization',
  'Access-Control-Expose-Headers': 'X-Repo-Commit, X-Error-Code, X-Linked-Etag, X-Linked-Size, ETag, Content-Range',
}

function refuse(response: ServerResponse, status: number, code?: string, commit?: string): void {
  response
    .writeHead(status, {
      ...cors,
      'Content-Type': 'text/plain',
      ...(code && { 'X-Error-Code': code, 'X-Error-Message': `${code} of this server` }),
      ...(commit && { 'X-Repo-Commit': commit }),
    })
    .end('no')
}

function described({ method, url, headers }: IncomingMessage): string {
  return [method, url!.replace(/\?.*/, ''), headers.range].filter(Boolean).join(' ')
}
