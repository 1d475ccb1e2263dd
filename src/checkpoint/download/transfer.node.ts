/** Downloads a file from a server into a partial file, and resumes where an earlier attempt stopped. */
import { DreamLIPError } from '../../errors'
import { hashOf } from '../../bytes/cache-folder.node.ts'
import type { Progress } from '../../progress'
import { readDrivePage, type DrivePage } from './drive-page'
import {
  contentLength,
  contentRangeOf,
  ifRange,
  isPage,
  refuseEncodings,
  totalOfUnsatisfied,
  validatorOf,
} from '../../bytes/http/answer'
import { fetchPatiently, wait } from '../../bytes/http/fetch-patiently'
import { withHeaders, withoutCredentials, type RequestHeaders } from '../../bytes/http/headers'
import { vainAfter } from '../../bytes/http/stream'
import { magicBytes } from './magic'
import type { PartialFile } from '../../bytes/write/partial-file.node.ts'

/** The address of a file, and its name in messages. */
export interface Address {
  readonly url: string
  readonly name: string
}

export interface TransferOptions {
  /** Called as bytes arrive; `total` is NaN if the server does not announce a size. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
  readonly headers?: RequestHeaders
  /** The largest file accepted, in bytes. Default: the size that the server announces, or 4 GiB if it announces none. */
  readonly maxBytes?: number
  /** Called with the first bytes. Throws if they do not belong to the expected kind of file. */
  readonly checkHead?: (name: string, head: Uint8Array) => void
}

/** Maximum restarts because the partial file turned out to be of another version. */
const mostRestarts = 3
/** Maximum connections in a row that end without delivering a byte. */
const mostVainTries = 4
/** Maximum bytes accepted if the server does not send the file's size. */
const largestUnsaid = 4 * 2 ** 30
/** Maximum bytes read from a page. */
const largestPage = 1 << 18

/** Reconnects after a cut as long as attempts deliver bytes. If the partial file no longer fits, starts again. */
export async function transfer(address: Address, part: PartialFile, options: TransferOptions): Promise<void> {
  const id = hashOf(address.url)
  for (let restarts = 0, vain = 0; ;) {
    const before = part.length
    if (part.origin?.id === id && part.origin.size === before) return
    try {
      return await attempt(address, part, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof StalePart && restarts++ < mostRestarts) await part.start({ id, validator: '' })
      else if (
        error instanceof CutConnection &&
        (vain = vainAfter(vain, part.length - before, error.cause)) < mostVainTries
      ) {
        await wait(Math.ceil(vain) * 1000, options.signal)
      } else throw error
    }
  }
}

async function attempt(address: Address, part: PartialFile, options: TransferOptions): Promise<void> {
  let page = await request(address.url, '', address, part, options)
  if (page?.kind === 'confirm') page = await request(page.url, page.cookies, address, part, options)
  if (!page) return
  const problem =
    page.kind === 'quota'
      ? 'too many people downloaded this file recently, and Google Drive refuses further downloads for up to a day. Try again tomorrow, or ' +
        'download it in a browser where you are logged in'
      : `expected a file; got a web page (${page.kind === 'other' ? page.title : 'the same form again'}). Check the ` +
        'address, and that the file is shared with everyone'
  throw new DreamLIPError('DOWNLOAD_REFUSED', `${address.name}: ${problem}.`)
}

type Page = DrivePage & { readonly cookies: string }

/** Fetches into the partial file. @returns the page that the server sent instead, if any */
async function request(
  url: string,
  cookies: string,
  address: Address,
  part: PartialFile,
  { onProgress, signal, headers: own, maxBytes, checkHead }: TransferOptions,
): Promise<Page | undefined> {
  // The form of a confirmation page may point to any host.
  const known = new URL(url).origin === new URL(address.url).origin ? own : withoutCredentials(own)
  const headers = withHeaders(known, {
    'Accept-Encoding': 'identity',
    ...(cookies && { Cookie: cookies }),
    ...rangeOf(address, part),
  })
  return fetchPatiently(url, address.name, { headers, signal }, async (response, chunks) => {
    if (isPage(response)) return readPage(response, chunks)
    if (isWholeAlready(response, part)) return undefined
    const size = await begin(address, response, part)
    for await (const chunk of fromHead(untilCut(chunks, address, part))) {
      if (part.length === 0) checkHead?.(address.name, chunk)
      const limit = Math.min(size ?? largestUnsaid, maxBytes ?? Infinity)
      if (part.length + chunk.length > limit) {
        await part.start({ id: hashOf(address.url), validator: '' })
        throw new DreamLIPError(
          'HTTP_PROTOCOL',
          limit === size
            ? `${address.name}: the server sends more than the ${size} bytes that it announced.`
            : `${address.name}: expected at most ${limit} bytes; the server sends more. Check the address, or set maxBytes.`,
        )
      }
      await part.append(chunk)
      onProgress?.({ stage: 'download', done: part.length, total: size ?? NaN })
    }
    if (part.length < (size ?? 0)) throw new CutConnection(address.name, part)
    return undefined
  })
}

/** Whether the partial file is complete already: its process may have been killed at the very end. */
function isWholeAlready(response: Response, { length, origin }: PartialFile): boolean {
  const validator = validatorOf(response)
  const isSame = validator === '' || validator === origin?.validator
  return response.status === 416 && isSame && totalOfUnsatisfied(response) === length
}

/** Requests the rest of the partial file, provided that the file on the server has not changed. */
function rangeOf({ url }: Address, { length, origin }: PartialFile): Record<string, string> {
  if (length < magicBytes || origin?.id !== hashOf(url)) return {}
  return { Range: `bytes=${length}-`, ...ifRange(origin.validator) }
}

async function readPage(response: Response, chunks: AsyncIterable<Uint8Array>): Promise<Page> {
  const decoder = new TextDecoder()
  let html = ''
  for await (const chunk of chunks) {
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

/** Keeps the partial file if the response continues it, else empties it. @returns the size of the whole */
async function begin({ url, name }: Address, response: Response, part: PartialFile): Promise<number | undefined> {
  if (response.status === 416) throw new StalePart(name, `it has no bytes after the first ${part.length}`)
  refuseEncodings(name, response)
  const validator = validatorOf(response)
  if (response.status === 206) {
    const { start, total } = contentRangeOf(name, response)
    const { origin, length } = part
    const continues = start === length && total === (origin?.size ?? total)
    if (continues && (validator === '' || validator === origin?.validator)) return total
    throw new StalePart(name, `it sends the bytes from ${start} on, of ${total}, but ${length} bytes are already there`)
  }
  const size = contentLength(name, response)
  await part.start({ id: hashOf(url), size, validator })
  return size
}

async function* untilCut(
  chunks: AsyncIterable<Uint8Array>,
  { name }: Address,
  part: PartialFile,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (cause) {
    throw new CutConnection(name, part, cause)
  }
}

/** The same chunks, the first long enough to recognise the file's format. */
async function* fromHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0)
  for await (const chunk of chunks) {
    if (head.length >= magicBytes) yield chunk
    else if ((head = Buffer.concat([head, chunk])).length >= magicBytes) yield head
  }
  if (head.length < magicBytes) yield head
}

/** The connection ended before the file did. The bytes so far are kept. */
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

/** The partial file is of another version of the file, or the server sends a part that was not requested. */
class StalePart extends DreamLIPError {
  constructor(name: string, problem: string) {
    super('HTTP_CHANGED', `${name}: the file changed on the server, or the server made a mistake: ${problem}.`)
  }
}
