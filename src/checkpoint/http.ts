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
  return fetchPatiently(url, name, headers, signal, async (response, alive) => {
    refuseEncodings(name, response)
    const part =
      response.status === 206
        ? await readPart(name, response, offset, last, alive)
        : await readWhole(name, response, alive)
    if (known && (part.total !== known.total || part.validator !== known.validator)) {
      throw new DreamLIPError(
        'HTTP_CHANGED',
        `${name}: the file changed on the server while it was read (${known.total} bytes, ${known.validator || 'no validator'}; ` +
          `now ${part.total} bytes, ${part.validator || 'no validator'}). Load it again.`,
      )
    }
    if (!part.whole) return part
    return { ...part, bytes: offset === 0 && !known ? part.bytes : part.bytes.subarray(offset, last + 1) }
  })
}

function refuseEncodings(name: string, response: Response): void {
  const encoding = response.headers.get('Content-Encoding') ?? 'identity'
  if (encoding !== 'identity') {
    throw protocol(name, `it is sent with Content-Encoding ${encoding}; ranges of it cannot be read`)
  }
}

async function readPart(
  name: string,
  response: Response,
  offset: number,
  last: number,
  alive: () => void,
): Promise<Part> {
  const range = response.headers.get('Content-Range')
  const bytes = await bodyOf(name, response, last - offset + 1, alive)
  const { start, end, total } =
    range === null ? hiddenRange(name, response, offset, bytes) : parseContentRange(name, range)
  const expected = Math.min(last + 1, total)
  if (start !== offset || end + 1 !== expected) {
    throw protocol(name, `asked for bytes ${offset} to ${expected - 1}, it answers with ${start} to ${end}`)
  }
  if (bytes.length !== end + 1 - start) {
    throw new ShortBody(name, end + 1 - start, bytes.length)
  }
  return { bytes, total, validator: validatorOf(response), whole: false }
}

/** Across origins a browser hides Content-Range unless the server exposes it. */
function hiddenRange(name: string, response: Response, offset: number, bytes: Uint8Array) {
  const total = Number(response.headers.get('X-Linked-Size') ?? Number.NaN)
  if (!Number.isSafeInteger(total)) {
    throw protocol(
      name,
      'it answers without a readable Content-Range. Let the server send Access-Control-Expose-Headers: Content-Range, ' +
        'or fetch the file yourself and pass the Blob',
    )
  }
  return { start: offset, end: offset + bytes.length - 1, total }
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

async function readWhole(name: string, response: Response, alive: () => void): Promise<Part> {
  if (/^text\/html\b/i.test(response.headers.get('Content-Type') ?? '')) {
    await response.body?.cancel()
    throw protocol(name, 'it is a web page, not a file. Use the address of the file itself')
  }
  const length = response.headers.get('Content-Length')
  if (length !== null && Number(length) > largestWhole) {
    await response.body?.cancel()
    throw protocol(
      name,
      `the server does not serve ranges of this file of ${length} bytes. Download it, then load the file`,
    )
  }
  const bytes = await bodyOf(name, response, length === null ? largestWhole : Number(length), alive)
  if (length !== null && bytes.length !== Number(length)) throw new ShortBody(name, Number(length), bytes.length)
  return { bytes, total: bytes.length, validator: validatorOf(response), whole: true }
}

/** The body, read no further than one byte beyond what was promised. */
async function bodyOf(name: string, response: Response, limit: number, alive: () => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (let next = await reader?.read(); next && !next.done; next = await reader!.read()) {
    alive()
    chunks.push(next.value)
    length += next.value.length
    if (length > limit) {
      await reader!.cancel()
      throw protocol(name, `it sends more than the ${limit} bytes that were asked for`)
    }
  }
  if (chunks.length === 1) return chunks[0]!
  const bytes = new Uint8Array(length)
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0)
  return bytes
}

function validatorOf(response: Response): string {
  return response.headers.get('ETag') || response.headers.get('Last-Modified') || ''
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
function withoutSecrets(url: string): string {
  const parsed = new URL(url)
  return `${parsed.origin}${parsed.pathname}`
}
