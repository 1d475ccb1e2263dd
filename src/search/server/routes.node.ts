/** Maps request paths to answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HTTPError, send, sendJSON } from './http/answer.node.ts'
import { readJSON } from './http/body.node.ts'
import type { Content } from './http/content'
import { isPageFile, readPageFile } from './page-files.node.ts'
import { createGallery, type Gallery } from './pictures/gallery.node.ts'
import type { PictureNames } from './pictures/picture-names.node.ts'
import type { ImageRow } from '../images/image-index.node.ts'
import type { ServedIndex } from './pictures/served-index.node.ts'
import { summarize, type Summary } from './pictures/summarize.node.ts'
import type { CollectionAnswer, SearchAnswer, ServedPicture, StatusAnswer } from './protocol/answers'
import { checkSearchRequest, type SearchRequest } from './protocol/search-request'

export interface RouteParts {
  readonly index: ServedIndex
  readonly names: PictureNames
  /** The name of the collection on the page. */
  readonly title: string
}

type Answer = (request: IncomingMessage, response: ServerResponse, signal: AbortSignal) => Promise<void>

/** The default number of hits. */
const usualHits = 60

/** `/pictures/NAME/KIND`, exactly: nothing in an address is decoded or resolved. */
const pictureAddress = /^\/pictures\/([\w-]{24})\/(small|large|original|map)$/

/** @returns the answer to a path @throws HTTPError 404, 405 */
export function createRoutes({ index, names, title }: RouteParts): (method: string, path: string) => Answer {
  const gallery = createGallery(index, names)
  const summaryOf = rememberSummary(index)

  const named = ({ hash, ...row }: ImageRow): ServedPicture => {
    const known = Object.entries(row).filter(([, value]) => !Number.isNaN(value))
    return { ...(Object.fromEntries(known) as Omit<ImageRow, 'hash'>), id: names.nameOf({ path: row.path, hash }) }
  }
  const collection: Answer = async (_, response) => {
    const { newest, ...rest } = await summaryOf()
    sendJSON(response, { name: title, size: index.size, ...rest, newest: newest.map(named) } satisfies CollectionAnswer)
  }
  const status: Answer = async (_, response) => {
    sendJSON(response, { pid: process.pid, size: index.size } satisfies StatusAnswer)
  }
  const search: Answer = async (request, response, signal) => {
    const asked = checkSearchRequest(await readJSON(request))
    const { hits, ...rest } = await answerSearch(index, gallery, asked, signal)
    sendJSON(response, { ...rest, hits: hits.map((hit) => ({ ...hit, id: names.nameOf(hit) })) } satisfies SearchAnswer)
  }
  const apis: Record<string, readonly [method: string, Answer]> = {
    '/api/collection': ['GET', collection],
    '/api/status': ['GET', status],
    '/api/search': ['POST', search],
  }
  return (method, path) => {
    if (isPageFile(path))
      return checkMethod('GET', method, async (_, response) => send(response, await readPageFile(path)))
    if (Object.hasOwn(apis, path)) return checkMethod(apis[path]![0], method, apis[path]![1])
    const [, name, kind] = pictureAddress.exec(path) ?? []
    if (name === undefined) throw new HTTPError(404, 'There is nothing under this address.')
    return checkMethod('GET', method, async (request, response, signal) => {
      send(
        response,
        await pictureOf(gallery, name, kind as 'small' | 'large' | 'original' | 'map', request.url!, signal),
      )
    })
  }
}

function checkMethod(allowed: string, method: string, answer: Answer): Answer {
  if (method === allowed || (allowed === 'GET' && method === 'HEAD')) return answer
  throw new HTTPError(405, `Expected ${allowed}.`, { Allow: allowed === 'GET' ? 'GET, HEAD' : allowed })
}

function pictureOf(
  gallery: Gallery,
  name: string,
  kind: 'small' | 'large' | 'original' | 'map',
  url: string,
  signal: AbortSignal,
): Promise<Content> {
  if (kind !== 'map') return gallery[kind](name, signal)
  return gallery.map(name, new URLSearchParams(url.replace(/^[^?]*/, '')).get('text') ?? '', signal)
}

/** For larger collections, the page shows no folders, years or newest pictures, because all rows would have to be read. */
const mostSummarized = 2_000_000

/** Caches the summary of the collection until the number of pictures changes. */
function rememberSummary(index: ServedIndex): () => Promise<Summary> {
  let kept: { readonly size: number; readonly summary: Promise<Summary> } | undefined
  return () => {
    if (kept?.size !== index.size) {
      const summary = summarize(index.size > mostSummarized ? none() : index.rows())
      summary.catch(() => (kept = undefined))
      kept = { size: index.size, summary }
    }
    return kept.summary
  }
}

async function* none(): AsyncGenerator<never> {
  // Yields nothing.
}

/** An indexed picture alone finds similar ones; all other queries are searches. */
async function answerSearch(
  index: ServedIndex,
  gallery: Gallery,
  { text, picture, like, topK = usualHits, long, rerank, ...filters }: SearchRequest,
  signal: AbortSignal,
): Promise<Pick<SearchAnswer, 'fits' | 'sentences'> & { hits: readonly SearchAnswer['hits'][number][] }> {
  const options = { ...filters, topK, signal }
  if (like !== undefined && text === undefined) {
    const similar = await index.similar(gallery.pathOf(like), options)
    return { fits: true, sentences: [], hits: similar.map((hit) => ({ ...hit, sentences: [], missing: [] })) }
  }
  const image = like === undefined ? picture && Buffer.from(picture, 'base64') : await gallery.read(like, signal)
  const query = image ? { image, text } : text!
  return index.search(query, { ...options, long, rerank })
}
