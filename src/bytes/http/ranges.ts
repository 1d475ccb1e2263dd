/** Reads byte ranges of a file on a web server, and checks that the responses agree. */
import { checkRange, type ByteSource } from '../byte-source'
import { sameVersion, versionText } from '../version'
import { withoutSecrets } from './address'
import {
  changedError,
  contentLength,
  contentRangeOf,
  ifRange,
  protocolError,
  refuseEncodings,
  refusePages,
  ShortBody,
  validatorOf,
} from './answer'
import { fetchPatiently, type FetchOptions } from './fetch-patiently'
import { withHeaders } from './headers'
import { isOtherOrigin } from './page-address'

/** Each request fetches at least this many bytes, so that small neighbouring tensors share one. */
const blockBytes = 64 * 1024

/** A server without range support sends the whole file, which is kept in memory up to this size. */
const largestWhole = 32 * 1024 * 1024

/** A part of the file, with the size and version of the whole. */
interface Part {
  readonly bytes: Uint8Array
  readonly size: number
  readonly validator: string
}

/** From an earlier response; later ones must agree. */
type Known = Pick<Part, 'size' | 'validator'>

/** A range of a URL. */
interface Request {
  readonly url: string
  readonly name: string
  readonly options: FetchOptions
}

/**
 * Opens an http(s) URL. One request finds out the size, and whether ranges are supported.
 * @param first number of bytes that this request asks for
 * @throws DreamLIPError `HTTP_STATUS`, `HTTP_PROTOCOL`, `HTTP_CHANGED` or `SOURCE_UNREADABLE` naming the URL
 */
export async function openURL(url: string, options: FetchOptions = {}, first = blockBytes): Promise<ByteSource> {
  return rangesOf(url, options, await fetchRange({ url, name: withoutSecrets(url), options }, 0, first))
}

/** The ranges of a file whose size and version are known, and perhaps its first bytes. Makes no request. */
export function rangesOf(url: string, options: FetchOptions, { bytes, size, validator }: Part): ByteSource {
  const name = withoutSecrets(url)
  let bytesRead = bytes.length
  let start = 0
  let block = bytes

  const holds = (offset: number, length: number) => offset >= start && offset + length <= start + block.length
  return {
    name,
    byteLength: size,
    version: versionText({ size, validator }),
    get bytesRead() {
      return bytesRead
    },
    async read(offset, length, signal) {
      checkRange(name, size, offset, length)
      if (!holds(offset, length)) {
        const request = { url, name, options: { ...options, signal: signal ?? options.signal } }
        const part = await fetchRange(request, offset, Math.max(length, blockBytes), { size, validator })
        bytesRead += part.bytes.length
        // A large part is not cached: that would double the memory of a tensor.
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

async function fetchRange(request: Request, offset: number, length: number, known?: Known): Promise<Part> {
  const { url, name, options } = request
  const last = Math.min(offset + length, known?.size ?? Infinity) - 1
  const headers = withHeaders(options.headers, {
    Range: `bytes=${offset}-${last}`,
    // The ranges of a compressed response would count compressed bytes.
    'Accept-Encoding': 'identity',
    // Not to other origins: some, such as the Hub's storage, refuse the preflight request. The version is checked below.
    ...(known && !isOtherOrigin(url) && ifRange(known.validator)),
  })
  return fetchPatiently(url, name, { ...options, headers }, async (response, chunks) => {
    if (response.status === 416) throw known ? changedError(name, known) : protocolError(name, 'the file is empty')
    refuseEncodings(name, response)
    const version = { size: undefined, validator: validatorOf(response) }
    if (known && response.status === 200 && !sameVersion(known, version)) throw changedError(name, known, version)
    if (response.status === 206) return readPart(name, response, chunks, offset, last, known)
    const whole = await readWhole(name, response, chunks, last > 0 || known !== undefined)
    if (known && !sameVersion(known, whole)) throw changedError(name, known, whole)
    return known || offset > 0 ? { ...whole, bytes: whole.bytes.subarray(offset, last + 1) } : whole
  })
}

async function readPart(
  name: string,
  response: Response,
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
  last: number,
  known: Known | undefined,
): Promise<Part> {
  const { start, end, total } = contentRangeOf(name, response)
  const part = { size: total, validator: validatorOf(response) }
  if (known && !sameVersion(known, part)) throw changedError(name, known, part)
  const expected = Math.min(last + 1, total)
  if (start !== offset || end + 1 !== expected) {
    throw protocolError(name, `it was asked for bytes ${offset} to ${expected - 1}, but sent ${start} to ${end}`)
  }
  const length = end + 1 - start
  const bytes = await bodyOf(name, chunks, length)
  if (bytes.length !== length) throw new ShortBody(name, length, bytes.length)
  return { bytes, ...part }
}

/** @param isWanted whether the bytes are needed, or only size and version */
async function readWhole(
  name: string,
  response: Response,
  chunks: AsyncIterable<Uint8Array>,
  isWanted: boolean,
): Promise<Part> {
  refusePages(name, response)
  const length = contentLength(name, response)
  if (length !== undefined && length > largestWhole) {
    throw protocolError(
      name,
      `the server does not support ranges, and the file has ${length} bytes. Download it, then load the file`,
    )
  }
  if (!isWanted && length !== undefined)
    return { bytes: new Uint8Array(), size: length, validator: validatorOf(response) }
  const bytes = await bodyOf(name, chunks, length ?? largestWhole)
  if (length !== undefined && bytes.length !== length) throw new ShortBody(name, length, bytes.length)
  return { bytes, size: bytes.length, validator: validatorOf(response) }
}

/** Reads the body up to the announced length. */
async function bodyOf(name: string, chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(limit)
  let length = 0
  for await (const chunk of chunks) {
    if (length + chunk.length > limit) {
      throw protocolError(name, `it sends more than the ${limit} bytes that were requested`)
    }
    bytes.set(chunk, length)
    length += chunk.length
  }
  return length === limit ? bytes : bytes.slice(0, length)
}
