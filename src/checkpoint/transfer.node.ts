/** Brings a file from a server into a partial file, from where an earlier try stopped. */
import { DreamLIPError } from '../errors'
import type { DownloadOptions } from './download-options'
import { readDrivePage } from './drive-page'
import { parseContentRange } from './http'
import { fetchPatiently } from './http-retry'
import type { Origin, PartialFile } from './partial-file.node.ts'

type TransferOptions = Pick<DownloadOptions, 'onProgress' | 'signal'>

const largestPage = 1 << 20

/** A connection that was cut is tried again as long as each try brings more; what no longer fits is fetched afresh. */
export async function transfer(url: string, part: PartialFile, options: TransferOptions): Promise<void> {
  for (;;) {
    const before = part.length
    if (part.origin?.url === url && part.origin.size === before) return
    try {
      return await attempt(url, part, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      const progress = error instanceof CutConnection && part.length > before
      if (!progress && !(error instanceof StaleRange)) throw error
    }
  }
}

async function attempt(url: string, part: PartialFile, options: TransferOptions): Promise<void> {
  let page = await request(url, url, '', part, options)
  if (page?.kind === 'confirm') page = await request(page.url, url, page.cookies, part, options)
  if (!page) return
  throw new DreamLIPError(
    'DOWNLOAD_REFUSED',
    page.kind === 'quota'
      ? `${url}: too many people downloaded this file lately; Google Drive refuses for up to a day. Try again tomorrow, or ` +
          'download it in a browser where you are logged in.'
      : `${url}: expected a file; got a web page (${page.kind === 'other' ? page.title : 'the same form again'}). Check the ` +
          'address, and that the file is shared with everyone.',
  )
}

type Page = ReturnType<typeof readDrivePage> & { readonly cookies: string }

/** Fetches into the partial file; returns the page that came instead, if one did. */
async function request(
  url: string,
  name: string,
  cookies: string,
  part: PartialFile,
  { onProgress, signal }: TransferOptions,
): Promise<Page | undefined> {
  const resumes = part.length > 0 && part.origin?.url === name
  const headers: Record<string, string> = { 'Accept-Encoding': 'identity', ...(cookies && { Cookie: cookies }) }
  if (resumes) headers['Range'] = `bytes=${part.length}-`
  if (resumes && part.origin?.validator) headers['If-Range'] = part.origin.validator
  return fetchPatiently(url, name, headers, signal, async (response, alive) => {
    if (isPage(response))
      return { ...readDrivePage(await pageOf(response), response.url), cookies: cookiesOf(response) }
    const size = await begin(name, response, part)
    await receive(name, response, part, alive, () =>
      onProgress?.({ stage: 'download', done: part.length, total: size }),
    )
    if (size !== undefined && part.length < size) throw new CutConnection(name, part.length, size)
    if (size !== undefined && part.length > size) {
      await part.start(part.origin!)
      throw new DreamLIPError(
        'HTTP_PROTOCOL',
        `${name}: the server sends more than the ${size} bytes that it announced.`,
      )
    }
    return undefined
  })
}

/** A page, and not a file that happens to be one: files come with a name. */
function isPage(response: Response): boolean {
  const html = /^text\/html\b/i.test(response.headers.get('Content-Type') ?? '')
  return html && !response.headers.has('Content-Disposition')
}

async function pageOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > largestPage) break
  }
  return text
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** Makes the partial file ready for this answer: as it is when the answer continues it, empty otherwise. Returns the size of the whole. */
async function begin(name: string, response: Response, part: PartialFile): Promise<number | undefined> {
  if (response.status === 206) {
    const { start, total } = parseContentRange(name, response.headers.get('Content-Range') ?? '')
    const known = part.origin?.size
    if (start === part.length && (known === undefined || known === total)) return total
    await part.start({ url: name, validator: '' })
    throw new StaleRange(name, start, total)
  }
  const length = response.headers.get('Content-Length')
  const size = length === null ? undefined : Number(length)
  const validator = response.headers.get('ETag') || response.headers.get('Last-Modified') || ''
  const origin: Origin = { url: name, size, validator }
  await part.start(origin)
  return size
}

/** Writes the body as it comes; a connection that is cut keeps what came. */
async function receive(
  name: string,
  response: Response,
  part: PartialFile,
  alive: () => void,
  onChunk: () => void,
): Promise<void> {
  const reader = response.body!.getReader()
  for (;;) {
    const next = await reader.read().catch((error: unknown) => {
      throw new CutConnection(name, part.length, part.origin?.size, error)
    })
    if (next.done) return
    alive()
    if (part.length === 0) await checkMagic(name, next.value, part)
    await part.append(next.value)
    onChunk()
  }
}

/** The first bytes of a zip, a legacy PyTorch file or safetensors. */
async function checkMagic(name: string, bytes: Uint8Array, part: PartialFile): Promise<void> {
  const starts = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte)
  if (bytes.length < 9 || starts(0x50, 0x4b, 0x03, 0x04) || starts(0x80, 0x02, 0x8a, 0x0a)) return
  if (bytes[8] === 0x7b) return
  await part.start({ url: name, validator: '' })
  throw new DreamLIPError(
    'FORMAT_UNKNOWN',
    `${name}: expected a PyTorch checkpoint or safetensors; the file starts with ` +
      `${[...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}. Check the address.`,
  )
}

/** The connection ended before the file did: what came is kept. */
class CutConnection extends DreamLIPError {
  constructor(name: string, actual: number, expected: number | undefined, cause?: unknown) {
    super(
      'HTTP_PROTOCOL',
      `${name}: the connection ended after ${actual} of ${expected ?? 'an unknown number of'} bytes. ` +
        'Try again: the download continues where it stopped.',
      { cause },
    )
  }
}

/** What is there belongs to another version of the file, or the server sends another part than was asked for. */
class StaleRange extends DreamLIPError {
  constructor(name: string, start: number, total: number) {
    super(
      'HTTP_CHANGED',
      `${name}: the server sends bytes from ${start} of ${total}, which do not continue what is there.`,
    )
  }
}
