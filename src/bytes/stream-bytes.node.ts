/** Streams the bytes of a file or URL from an offset on. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { DreamLIPError } from '../errors'

const chunkBytes = 1 << 18

/** How often a connection that breaks is taken up again without a byte having come. */
const tries = 4

export function isURL(location: string): boolean {
  return /^https?:\/\//i.test(location)
}

/** Size, and what tells versions of the file apart. @throws DreamLIPError `SOURCE_UNREADABLE` */
export async function describeBytes(location: string): Promise<{ size: number; version: string }> {
  if (!isURL(location)) {
    const stats = await stat(location).catch((error: Error) => {
      throw unreadable(location, error.message, error)
    })
    return { size: stats.size, version: `${stats.size} bytes, ${stats.mtime.toISOString()}` }
  }
  const response = await request(location, 'HEAD', {})
  const size = Number(response.headers.get('Content-Length') ?? NaN)
  const version = response.headers.get('ETag') ?? response.headers.get('Last-Modified') ?? ''
  return { size, version: `${size} bytes, ${version}` }
}

/**
 * Chunks of bytes from `from` on. Over HTTP a connection that breaks is taken up where it broke.
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `HTTP_STATUS`, `HTTP_PROTOCOL`; the signal's reason when aborted
 */
export async function* streamBytes(location: string, from = 0, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (isURL(location)) return yield* streamURL(location, from, signal)
  const stream = createReadStream(location, { start: from, highWaterMark: chunkBytes, signal })
  try {
    yield* stream as AsyncIterable<Uint8Array>
  } catch (error) {
    signal?.throwIfAborted()
    throw unreadable(location, (error as Error).message, error)
  }
}

async function* streamURL(url: string, from: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  let at = from
  let failures = 0
  for (;;) {
    // A length that is known shows whether the connection broke before the end.
    let end = Infinity
    try {
      const response = await request(url, 'GET', at > 0 ? { Range: `bytes=${at}-` } : {}, signal)
      if (response.status === 416) return
      if (at > 0 && response.status !== 206) throw noRanges(url)
      const length = response.headers.get('Content-Length')
      if (length !== null && !response.headers.get('Content-Encoding')) end = at + Number(length)
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        at += chunk.length
        failures = 0
        yield chunk
      }
      if (end === Infinity || at >= end) return
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof DreamLIPError || ++failures === tries) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** failures))
  }
}

async function request(
  url: string,
  method: string,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(url, { method, headers: { 'Accept-Encoding': 'identity', ...headers }, signal }).catch(
    (error: Error) => {
      signal?.throwIfAborted()
      throw unreadable(nameOf(url), error.message, error)
    },
  )
  if (response.ok || response.status === 416) return response
  await response.body?.cancel()
  throw new DreamLIPError('HTTP_STATUS', `${nameOf(url)}: the server answers ${response.status}. Check the address.`)
}

/** Without the query, which may hold a key. */
function nameOf(url: string): string {
  return url.replace(/\?.*/s, '')
}

function noRanges(url: string): DreamLIPError {
  const message = 'the server does not serve ranges, so that reading cannot go on in the middle. Download the file'
  return new DreamLIPError('HTTP_PROTOCOL', `${nameOf(url)}: ${message}.`)
}

function unreadable(location: string, message: string, cause: unknown): DreamLIPError {
  return new DreamLIPError('SOURCE_UNREADABLE', `${location}: could not be read: ${message}. Check the path.`, {
    cause,
  })
}
