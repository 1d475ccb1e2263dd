/** Reads byte ranges of a file on a web server, and believes nothing that the server does not show. */
import { DreamLIPError } from '../errors'
import { checkRange, type ByteSource } from './byte-source'
import { fetchPatiently } from './http-retry'

/** Reads fetch at least this much: neighbouring small tensors then share a request. */
const blockBytes = 64 * 1024

/** A server without ranges sends the whole file; up to this size it is kept in memory. */
const largestWhole = 32 * 1024 * 1024

/** A part of the file, and what the server says about the whole. */
interface Part {
  readonly bytes: Uint8Array
  readonly total: number
  readonly validator: string
  /** The server ignored the range and sent everything. */
  readonly whole: boolean
}

/**
 * Opens an http(s) URL. One request shows the size and that ranges work.
 * @throws DreamLIPError `HTTP_STATUS`, `HTTP_PROTOCOL`, `HTTP_CHANGED` or `SOURCE_UNREADABLE` naming the URL
 */
export async function openURL(url: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<ByteSource> {
  const name = withoutSecrets(url)
  let bytesRead = 0
  let start = 0
  const first = await fetchRange(url, name, 0, blockBytes, undefined, signal)
  bytesRead += first.bytes.length
  let block = first.bytes
  const { total, validator } = first

  const holds = (offset: number, length: number) => offset >= start && offset + length <= start + block.length
  return {
    name,
    byteLength: total,
    get bytesRead() {
      return bytesRead
    },
    async read(offset, length, abort) {
      checkRange(name, total, offset, length)
      if (!holds(offset, length)) {
        const part = await fetchRange(url, name, offset, Math.max(length, blockBytes), { total, validator }, abort)
        bytesRead += part.bytes.length
        // A large part is the caller's alone: keeping it would double the memory of a tensor.
        if (length > blockBytes) return part.bytes
        start = offset
        block = part.bytes
      }
      return block.slice(offset - start, offset - start + length)
    },
    close: async () => {
      block = new Uint8Array()
    },
  }
}

/** What an earlier answer said; a later one must agree. */
type Known = Pick<Part, 'total' | 'validator'>

async function fetchRange(
  url: string,
  name: string,
  offset: number,
  length: number,
  known: Known | undefined,
  signal?: AbortSignal,
): Promise<Part> {
  const last = Math.min(offset + length, known?.total ?? Infinity) - 1
  // identity: a compressed answer's ranges would count compressed bytes.
  const headers = { Range: `bytes=${offset}-${last}`, 'Accept-Encoding': 'identity' }
  return fetchPatiently(url, name, headers, signal, async (response, chunks) => {
    if (response.status === 416) throw known ? changed(name, known) : protocol(name, 'the file is empty')
    refuseEncodings(name, response)
    const part =
      response.status === 206
        ? await readPart(name, response, chunks, offset, last)
        : await readWhole(name, response, chunks)
    if (known && !agrees(known, part)) throw changed(name, known, part)
    if (!part.whole) return part
    return { ...part, bytes: offset === 0 && !known ? part.bytes : part.bytes.subarray(offset, last + 1) }
  })
}

function agrees(known: Known, { total, validator }: Known): boolean {
  return total === known.total && validator === known.validator
}

/** Refuses an answer that was compressed on the way: its ranges count other bytes than the file's. */
export function refuseEncodings(name: string, response: Response): void {
  const encoding = response.headers.get('Content-Encoding') ?? 'identity'
  if (encoding !== 'identity') {
    throw protocol(name, `it is sent with Content-Encoding ${encoding}; ranges of it cannot be read`)
  }
}

async function readPart(
  name: string,
  response: Response,
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
  last: number,
): Promise<Part> {
  const { start, end, total } = contentRangeOf(name, response)
  const expected = Math.min(last + 1, total)
  if (start !== offset || end + 1 !== expected) {
    throw protocol(name, `asked for bytes ${offset} to ${expected - 1}, it answers with ${start} to ${end}`)
  }
  const bytes = await bodyOf(name, chunks, end + 1 - start)
  if (bytes.length !== end + 1 - start) throw new ShortBody(name, end + 1 - start, bytes.length)
  return { bytes, total, validator: validatorOf(response), whole: false }
}

/** The Content-Range of a 206 answer; a browser hides it across origins unless the server exposes it. */
export function contentRangeOf(name: string, response: Response): { start: number; end: number; total: number } {
  const header = response.headers.get('Content-Range')
  if (header !== null) return parseContentRange(name, header)
  throw protocol(
    name,
    'it answers without a readable Content-Range. Let the server send Access-Control-Expose-Headers: Content-Range, ' +
      'or fetch the file yourself and pass the Blob',
  )
}

/** Reads `bytes first-last/total`. Exported for its tests. */
export function parseContentRange(name: string, header: string): { start: number; end: number; total: number } {
  const [start, end, total] = (/^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/i.exec(header.trim()) ?? [])
    .slice(1)
    .map(Number)
  const valid = start !== undefined && [start, end, total].every(Number.isSafeInteger) && start <= end! && end! < total!
  if (!valid) throw protocol(name, `its Content-Range is ${JSON.stringify(header.slice(0, 80))}`)
  return { start: start!, end: end!, total: total! }
}

async function readWhole(name: string, response: Response, chunks: AsyncIterable<Uint8Array>): Promise<Part> {
  if (/^text\/html\b/i.test(response.headers.get('Content-Type') ?? '')) {
    throw protocol(name, 'it is a web page, not a file. Use the address of the file itself')
  }
  const length = response.headers.get('Content-Length')
  if (length !== null && Number(length) > largestWhole) {
    throw protocol(
      name,
      `the server does not serve ranges of this file of ${length} bytes. Download it, then load the file`,
    )
  }
  const bytes = await bodyOf(name, chunks, length === null ? largestWhole : Number(length))
  if (length !== null && bytes.length !== Number(length)) throw new ShortBody(name, Number(length), bytes.length)
  return { bytes, total: bytes.length, validator: validatorOf(response), whole: true }
}

/** The body, read no further than what was promised. */
async function bodyOf(name: string, chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(limit)
  let length = 0
  for await (const chunk of chunks) {
    if (length + chunk.length > limit) {
      throw protocol(name, `it sends more than the ${limit} bytes that were asked for`)
    }
    bytes.set(chunk, length)
    length += chunk.length
  }
  return length === limit ? bytes : bytes.slice(0, length)
}

/** What tells versions of a file apart; empty where the server says nothing. */
export function validatorOf(response: Response): string {
  return response.headers.get('ETag') || response.headers.get('Last-Modified') || ''
}

function changed(name: string, before: Known, now?: Known): DreamLIPError {
  const describe = ({ total, validator }: Known) => `${total} bytes, ${validator || 'no ETag'}`
  return new DreamLIPError(
    'HTTP_CHANGED',
    `${name}: the file changed on the server while it was read (${describe(before)}; now ${now ? describe(now) : 'shorter'}). ` +
      'Load it again.',
  )
}

/** A body that ended early: worth another try. */
class ShortBody extends DreamLIPError {
  constructor(name: string, expected: number, actual: number) {
    super('HTTP_PROTOCOL', `${name}: the answer ended after ${actual} of ${expected} bytes. Try again.`)
  }
  readonly retry = true
}

function protocol(name: string, problem: string): DreamLIPError {
  return new DreamLIPError('HTTP_PROTOCOL', `${name}: ${problem}.`)
}

/** The URL for messages: without credentials and query, which may hold tokens. */
export function withoutSecrets(url: string): string {
  const parsed = new URL(url)
  return `${parsed.origin}${parsed.pathname}`
}
