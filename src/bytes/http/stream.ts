/** Streams a file from a web server. Broken connections are resumed, and versions of the file are never mixed. */
import { DreamLIPError } from '../../errors'
import { skipBytes } from '../chunks'
import { sameVersion, type Version } from '../version'
import { withoutSecrets } from './address'
import {
  changedError,
  contentEncoding,
  contentLength,
  contentRangeOf,
  ifRange,
  protocolError,
  refusePages,
  ShortBody,
  totalOfUnsatisfied,
  validatorOf,
} from './answer'
import {
  fetchPatiently,
  openPatiently,
  patient,
  pauseBefore,
  Stalled,
  wait,
  type FetchOptions,
} from './fetch-patiently'
import { withHeaders, type RequestHeaders } from './headers'

/** Maximum bytes to read from a body of unknown length. */
const largestUnsaid = 2 ** 31

/** A connection that delivers this many bytes before it breaks does not count as a failure. */
const leastProgress = 10_000

/** The same before a silence, which takes longer than a break. */
const leastBeforeSilence = 10_000_000

/**
 * Counts failures in a row. A connection that delivered a few bytes counts as a fifth of a failure: some bytes may have been lost in
 * the break, but a server that breaks off after a few bytes each time must not keep a reader busy forever.
 * @param cause the error that ended the connection
 */
export function vainAfter(vain: number, progress: number, cause: unknown): number {
  if (cause instanceof Stalled) return progress >= leastBeforeSilence ? 1 : vain + 1
  if (progress >= leastProgress) return 0.2
  return vain + (progress > 0 ? 0.2 : 1)
}

/** Maximum responses for one file. */
const mostAnswers = 10_000

/** Size and version of the file, from the headers of a response. The body is not read. */
export async function describeURL(url: string, options: FetchOptions = {}): Promise<Version> {
  const name = withoutSecrets(url)
  const headers = withHeaders(options.headers, { Range: 'bytes=0-0', 'Accept-Encoding': 'identity' })
  return fetchPatiently(url, name, { ...options, headers }, async (response) => {
    const validator = validatorOf(response)
    if (response.status === 416) return { size: totalOfUnsatisfied(response) ?? 0, validator }
    refusePages(name, response)
    if (response.status === 206) return { size: contentRangeOf(name, response).total, validator }
    return { size: contentLength(name, response), validator }
  })
}

/**
 * Chunks of a file from a byte offset to its end.
 * @param expected the version of the file that the caller knows
 * @throws DreamLIPError `HTTP_STATUS`, `HTTP_PROTOCOL`, `HTTP_CHANGED`, `SOURCE_UNREADABLE`; the signal's reason when aborted
 */
export async function* streamURL(
  url: string,
  from: number,
  options: FetchOptions = {},
  expected?: Version,
): AsyncGenerator<Uint8Array> {
  const name = withoutSecrets(url)
  const { signal, patience = patient } = options
  let known = expected
  let at = from
  for (let vain = 0, answers = 1; ; answers++) {
    if (answers > mostAnswers) throw protocolError(name, `it sends the file in more than ${mostAnswers} pieces`)
    const before = at
    const answer = await openPatiently(url, name, { ...options, headers: headersFrom(at, known, options) })
    try {
      const body = bodyFrom(name, answer.response, at, known, at > from)
      if (body === undefined) return
      known = body.version
      for await (const chunk of skipBytes(answer.chunks, body.skip)) {
        at += chunk.length
        if (at > (body.end ?? largestUnsaid)) throw tooLong(name, body.end)
        yield chunk
      }
      if (at < (body.end ?? 0)) throw new ShortBody(name, body.end, at)
      if (known.size === undefined ? body.framed || at === before : at >= known.size) return
      // The response was shorter than the rest, or its length is unknown: request what follows.
      vain = 0
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof DreamLIPError && !(error instanceof ShortBody)) throw error
      vain = vainAfter(vain, at - before, error)
      if (vain >= patience.tries)
        throw error instanceof DreamLIPError ? error : new ShortBody(name, known?.size, at, error)
      await wait(pauseBefore(Math.ceil(vain)), signal)
    } finally {
      answer.end()
    }
  }
}

function tooLong(name: string, end: number | undefined): DreamLIPError {
  if (end !== undefined) return protocolError(name, `it sends more than the ${end} bytes that it announced`)
  return protocolError(
    name,
    `it sends more than ${largestUnsaid} bytes without announcing the length. Download the file, then open it`,
  )
}

function headersFrom(at: number, known: Version | undefined, { headers }: FetchOptions): RequestHeaders {
  const rest: Record<string, string> = at > 0 ? { Range: `bytes=${at}-`, ...ifRange(known?.validator ?? '') } : {}
  return withHeaders(headers, { 'Accept-Encoding': 'identity', ...rest })
}

/** The body of a response. */
interface Body {
  readonly version: Version
  /** Bytes to skip: a server without range support starts at the beginning of the file. */
  readonly skip: number
  /** The file offset where the body ends, if the response states it. */
  readonly end: number | undefined
  /** Whether the connection itself shows that the body is complete. */
  readonly framed: boolean
}

/** Checks that a response continues the file at `at`; `undefined` if the file ends there. */
function bodyFrom(
  name: string,
  response: Response,
  at: number,
  known: Version | undefined,
  resumes: boolean,
): Body | undefined {
  const validator = validatorOf(response)
  if (response.status === 416) {
    const size = totalOfUnsatisfied(response) ?? known?.size
    if (size === undefined || size === at) return undefined
    throw changedError(name, known ?? { size: undefined, validator: '' }, { size, validator })
  }
  const encoded = contentEncoding(response) !== undefined
  if (response.status === 206) {
    if (encoded)
      throw protocolError(name, 'it sends a range with a Content-Encoding, which cannot be joined with the rest')
    const { start, end, total } = contentRangeOf(name, response)
    const version = { size: total, validator }
    if (known && !sameVersion(known, version)) throw changedError(name, known, version)
    if (start !== at) throw protocolError(name, `it was asked for the bytes from ${at} on, but sent ${start} to ${end}`)
    return { version, skip: 0, end: end + 1, framed: true }
  }
  refusePages(name, response)
  const size = contentLength(name, response)
  const version = { size, validator }
  if (known && !sameVersion(known, version)) throw changedError(name, known, version)
  // Without a validator, nothing shows that these bytes are of the same version.
  if (resumes && (validator === '' || encoded)) {
    throw protocolError(
      name,
      'the connection broke, and the server does not support ranges, so the rest cannot be requested. Download the file',
    )
  }
  const framed = encoded || /chunked/i.test(response.headers.get('Transfer-Encoding') ?? '')
  return { version: { size: size ?? (encoded ? undefined : known?.size), validator }, skip: at, end: size, framed }
}
