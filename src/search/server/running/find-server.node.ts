/** Finds the server that has an index open, and searches through it, because its model is already loaded. */
import { checkCall, checkPath } from '../../../check-arguments'
import { encodePNG } from '../../../drawing/encode-png'
import { DreamLIPError, type ErrorCode } from '../../../errors'
import { encodedBytes } from '../../../images/decode/source/image-bytes.node.ts'
import { isRawImage, checkRawImage, type ImageInput } from '../../../images/raw-image'
import type { SearchQuery } from '../../query/embed-query'
import type { FilterRange } from '../../query/filters'
import type { SearchHit } from '../../query/hits'
import type { SearchOptions, SearchResult } from '../../query/search-images'
import { lancePlace } from '../../lance/lance-place.node.ts'
import type { ErrorAnswer, SearchAnswer, StatusAnswer } from '../protocol/answers'
import type { NumberRange, SearchRequest } from '../protocol/search-request'
import { readServerFile, type ServerFile } from './server-file.node.ts'

/** A server that has an index open. */
export interface RunningServer {
  /** The address of its page. */
  readonly url: string
  /** Its process id. */
  readonly pid: number
  /** Like `ImageIndex.search`, with the server's model. @throws DreamLIPError likewise; `SOURCE_UNREADABLE` if it is gone */
  search(query: SearchQuery, options?: SearchOptions): Promise<SearchResult>
}

/** A server that does not answer within this time, in milliseconds, counts as not running. */
const patience = 2000

/**
 * Finds the running server of an index: `serveIndex` writes its address into the index's folder. A killed server's leftover file is
 * recognised. Node only.
 * @returns `undefined` if no server is running
 *
 * @example
 * const server = await findServer('photos.index')
 * const { hits } = await (server ?? index).search('a red bus')
 */
export async function findServer(
  folder: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RunningServer | undefined> {
  const { signal } = checkCall(options)
  const file = await readServerFile(lancePlace(checkPath('folder', folder))?.folder ?? folder)
  if (!file || !(await isAnswering(file, signal))) return undefined
  return { url: file.url, pid: file.pid, search: (query, options = {}) => search(file, query, options) }
}

/** Whether the process is really the server, because process ids and ports are reused. */
async function isAnswering(file: ServerFile, signal: AbortSignal | undefined): Promise<boolean> {
  const timeout = AbortSignal.timeout(patience)
  try {
    const answer = await ask<StatusAnswer>(file, '/api/status', {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    return answer.pid === file.pid
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

async function search(file: ServerFile, query: SearchQuery, options: SearchOptions): Promise<SearchResult> {
  const { signal, taken, modified, size, ...rest } = checkCall(options)
  const request: SearchRequest = {
    ...rest,
    ...(await queryParts(query, signal)),
    taken: plainRange(taken),
    modified: plainRange(modified),
    size: plainRange(size),
  }
  const answer = await ask<SearchAnswer>(file, '/api/search', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  })
  return { ...answer, hits: answer.hits.map(({ id: _, ...hit }): SearchHit => hit) }
}

async function queryParts(query: SearchQuery, signal?: AbortSignal): Promise<Pick<SearchRequest, 'text' | 'picture'>> {
  if (typeof query === 'string' || Array.isArray(query)) return { text: query as string | readonly string[] }
  const { image, text } =
    query instanceof Blob || isRawImage(query) ? { image: query } : (query as { image: ImageInput; text?: string })
  const bytes = isRawImage(image)
    ? await encodePNG(checkRawImage(image))
    : (await encodedBytes(image, { signal })).bytes
  return { picture: Buffer.from(bytes).toString('base64'), text }
}

/** JSON has neither dates nor infinity. */
function plainRange(range: FilterRange<Date | number> | undefined): NumberRange | undefined {
  if (typeof range !== 'object' || range === null) return range
  const entries = Object.entries(range).map(([key, value]) => [key, Number(value)] as const)
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)))
}

async function ask<Answer>({ url, token }: ServerFile, path: string, init: RequestInit): Promise<Answer> {
  const headers = { ...init.headers, Authorization: `Bearer ${token}` }
  const response = await fetch(url + path, { ...init, headers, redirect: 'error' }).catch((cause: unknown) => {
    init.signal?.throwIfAborted()
    throw new DreamLIPError('SOURCE_UNREADABLE', `${url}: the server of the index did not answer. Start it again.`, {
      cause,
    })
  })
  const answer = (await response.json()) as Answer | ErrorAnswer
  if (response.ok) return answer as Answer
  const { code, message } = (answer as ErrorAnswer).error
  throw new DreamLIPError(code as ErrorCode, message)
}
