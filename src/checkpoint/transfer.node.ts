/** Brings a file from a server into a partial file, from where an earlier try stopped. */
import { DreamLIPError } from '../errors'
import { hashOf } from './cache-folder.node.ts'
import type { DownloadOptions } from './download-options'
import { readDrivePage, type DrivePage } from './drive-page'
import { contentRangeOf, refuseEncodings, validatorOf } from './http'
import { fetchPatiently } from './http-retry'
import { checkMagic, magicBytes } from './magic'
import type { PartialFile } from './partial-file.node.ts'

/** Where a file is, and how messages call it. */
export interface Address {
  readonly url: string
  readonly name: string
}

type TransferOptions = Pick<DownloadOptions, 'onProgress' | 'signal'>

/** So often a download begins again because what is there turned out to be of another version. */
const mostRestarts = 3
/** Of a page no more than this is read. */
const largestPage = 1 << 18

/** A connection that was cut is tried again as long as each try brings more; what no longer fits is fetched afresh. */
export async function transfer(address: Address, part: PartialFile, options: TransferOptions): Promise<void> {
  const id = hashOf(address.url)
  for (let restarts = 0; ;) {
    const before = part.length
    if (part.origin?.id === id && part.origin.size === before) return
    try {
      return await attempt(address, part, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof StalePart && restarts++ < mostRestarts) await part.start({ id, validator: '' })
      else if (!(error instanceof CutConnection && part.length > before)) throw error
    }
  }
}

async function attempt(address: Address, part: PartialFile, options: TransferOptions): Promise<void> {
  let page = await request(address.url, '', address, part, options)
  if (page?.kind === 'confirm') page = await request(page.url, page.cookies, address, part, options)
  if (!page) return
  const problem =
    page.kind === 'quota'
      ? 'too many people downloaded this file lately; Google Drive refuses for up to a day. Try again tomorrow, or ' +
        'download it in a browser where you are logged in'
      : `expected a file; got a web page (${page.kind === 'other' ? page.title : 'the same form again'}). Check the ` +
        'address, and that the file is shared with everyone'
  throw new DreamLIPError('DOWNLOAD_REFUSED', `${address.name}: ${problem}.`)
}

type Page = DrivePage & { readonly cookies: string }

/** Fetches into the partial file; returns the page that came instead, if one did. */
async function request(
  url: string,
  cookies: string,
  address: Address,
  part: PartialFile,
  { onProgress, signal }: TransferOptions,
): Promise<Page | undefined> {
  const headers = { 'Accept-Encoding': 'identity', ...(cookies && { Cookie: cookies }), ...rangeOf(address, part) }
  return fetchPatiently(url, address.name, headers, signal, async (response, alive) => {
    if (isPage(response)) return readPage(response)
    const size = await begin(address, response, part)
    for await (const chunk of chunksOf(address.name, response, part)) {
      alive()
      if (part.length === 0) checkMagic(address.name, chunk)
      if (part.length + chunk.length > (size ?? Infinity)) {
        await part.start({ id: hashOf(address.url), validator: '' })
        throw new DreamLIPError(
          'HTTP_PROTOCOL',
          `${address.name}: the server sends more than the ${size} bytes it said.`,
        )
      }
      await part.append(chunk)
      onProgress?.({ stage: 'download', done: part.length, total: size })
    }
    if (part.length < (size ?? 0)) throw new CutConnection(address.name, part)
    return undefined
  })
}

/** Asks for the rest of what is there, if it still is the same file. */
function rangeOf({ url }: Address, { length, origin }: PartialFile): Record<string, string> {
  if (length < magicBytes || origin?.id !== hashOf(url)) return {}
  // A weak ETag never holds in If-Range; then the answer's own ETag tells.
  const strong = origin.validator !== '' && !origin.validator.startsWith('W/')
  return { Range: `bytes=${length}-`, ...(strong && { 'If-Range': origin.validator }) }
}

/** A page, and not a file that happens to be one: files come with a name. */
function isPage(response: Response): boolean {
  const html = /^text\/html\b/i.test(response.headers.get('Content-Type') ?? '')
  return html && !response.headers.has('Content-Disposition')
}

async function readPage(response: Response): Promise<Page> {
  const decoder = new TextDecoder()
  let html = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    html += decoder.decode(chunk, { stream: true })
    if (html.length > largestPage) break
  }
  const page = readDrivePage(html, response.url)
  const sameHost = page.kind === 'confirm' && new URL(page.url).host === new URL(response.url).host
  return { ...page, cookies: sameHost ? cookiesOf(response) : '' }
}

function cookiesOf(response: Response): string {
  const cookies = response.headers.getSetCookie()
  return cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
}

/** Keeps what is there when the answer continues it, empties the file when it does not. Returns the size of the whole. */
async function begin({ url, name }: Address, response: Response, part: PartialFile): Promise<number | undefined> {
  if (response.status === 416) throw new StalePart(name, `it has no bytes from ${part.length} on`)
  refuseEncodings(name, response)
  const validator = validatorOf(response)
  if (response.status === 206) {
    const { start, total } = contentRangeOf(name, response)
    const { origin, length } = part
    const continues = start === length && total === (origin?.size ?? total)
    if (continues && (validator === '' || validator === origin?.validator)) return total
    throw new StalePart(
      name,
      `it sends bytes from ${start} of ${total}, which do not continue the ${length} that are there`,
    )
  }
  const length = response.headers.get('Content-Length')
  const size = length === null ? undefined : Number(length)
  await part.start({ id: hashOf(url), size, validator })
  return size
}

/** The body as it comes; the first chunk is long enough to tell what the file is. */
async function* chunksOf(name: string, response: Response, part: PartialFile): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  let head = Buffer.alloc(0)
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => {
      throw new CutConnection(name, part, cause)
    })
    if (!next || next.done) break
    if (head.length >= magicBytes) yield next.value
    else if ((head = Buffer.concat([head, next.value])).length >= magicBytes) yield head
  }
  if (head.length < magicBytes) yield head
}

/** The connection ended before the file did: what came is kept. */
class CutConnection extends DreamLIPError {
  constructor(name: string, { length, origin }: PartialFile, cause?: unknown) {
    super(
      'HTTP_PROTOCOL',
      `${name}: the connection ended after ${length} of ${origin?.size ?? 'an unknown number of'} bytes. ` +
        'Try again: the download continues where it stopped.',
      { cause },
    )
  }
}

/** What is there belongs to another version of the file, or the server sends another part than was asked for. */
class StalePart extends DreamLIPError {
  constructor(name: string, problem: string) {
    super('HTTP_CHANGED', `${name}: the file changed on the server, or the server is mistaken: ${problem}.`)
  }
}
