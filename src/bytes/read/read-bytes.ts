/** Reads all bytes of a small file, such as an image or a config. */
import { disk } from '#bytes/disk'
import { DreamLIPError, type ErrorCode } from '../../errors'
import { chunksOf, joinBytes } from '../chunks'
import { noPathToRead } from '../disk'
import { contentLength, refusePages, ShortBody } from '../http/answer'
import { TooLarge } from '../too-large'
import { withHeaders } from '../http/headers'
import { isURL, withoutSecrets } from '../http/address'
import { brisk, fetchPatiently, type FetchOptions } from '../http/fetch-patiently'

export interface ReadOptions extends FetchOptions {
  /** Maximum bytes to accept, counted as they arrive. */
  readonly limit: number
  /** The error code if there are more. Default: `SOURCE_UNREADABLE`. */
  readonly tooLarge?: ErrorCode
}

/**
 * All bytes of a file, or of an http(s), `data:` or `blob:` URL.
 * @throws DreamLIPError `SOURCE_UNREADABLE`, also for more than `limit` bytes; `HTTP_…`; the signal's reason when aborted
 */
export async function readBytes(location: string | URL, options: ReadOptions): Promise<Uint8Array> {
  const { signal, limit, tooLarge = 'SOURCE_UNREADABLE' } = options
  signal?.throwIfAborted()
  const text = String(location)
  try {
    if (isURL(text)) return await readURL(text, options)
    if (/^(data|blob):/i.test(text)) return await readInline(text, options)
    if (!disk) throw noPathToRead(location)
    return await disk.read(location, limit)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    throw new DreamLIPError(tooLarge, `${error.source}: expected at most ${limit} bytes; it has more.`)
  }
}

async function readURL(url: string, { limit, patience = brisk, ...options }: ReadOptions): Promise<Uint8Array> {
  const name = withoutSecrets(url)
  const headers = withHeaders(options.headers)
  return fetchPatiently(url, name, { ...options, headers, patience }, async (response, chunks) => {
    refusePages(name, response)
    const expected = contentLength(name, response)
    if (expected !== undefined && expected > limit) throw new TooLarge(name)
    const bytes = await collect(name, chunks, limit)
    if (expected !== undefined && bytes.length < expected) throw new ShortBody(name, expected, bytes.length)
    return bytes
  })
}

/** `data:` and `blob:` URLs need no server, and so no retries. */
async function readInline(url: string, { limit, signal }: ReadOptions): Promise<Uint8Array> {
  const name = `${url.slice(0, 32)}…`
  try {
    const { body } = await fetch(url, { signal })
    return await collect(name, chunksOf(body!), limit)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TooLarge) throw error
    throw new DreamLIPError('SOURCE_UNREADABLE', `${name}: could not be read: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

async function collect(name: string, chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > limit) throw new TooLarge(name)
    parts.push(chunk)
  }
  return joinBytes(parts, length)
}
