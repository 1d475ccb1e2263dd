/** Streams the bytes of a file or URL from an offset on. */
import { describeFile, streamFile } from './file.node.ts'
import { isURL } from '../http/address'
import type { FetchOptions } from '../http/fetch-patiently'
import type { RequestHeaders } from '../http/headers'
import { describeURL, streamURL } from '../http/stream'
import { versionText, type Version } from '../version'

/** A file or URL as it was when it was first seen. */
export interface Described extends Version {
  /** Tells versions of the file apart, in words. */
  readonly version: string
}

/** Size, and what tells versions of the file apart. @throws DreamLIPError `SOURCE_UNREADABLE`, `HTTP_…` */
export async function describeBytes(location: string, options: FetchOptions = {}): Promise<Described> {
  const found: Version = isURL(location) ? await describeURL(location, options) : await describeFile(location)
  return { ...found, version: versionText(found) }
}

/**
 * Chunks of bytes from `from` on. Over HTTP a connection that breaks is taken up where it broke, and only if the file is still the
 * same one.
 * @param expected what `describeBytes` said: another version by now is an error
 * @throws DreamLIPError `SOURCE_UNREADABLE`, `HTTP_…`; the signal's reason when aborted
 */
export function streamBytes(
  location: string,
  from = 0,
  signal?: AbortSignal,
  { headers, expected }: { readonly headers?: RequestHeaders; readonly expected?: Version } = {},
): AsyncGenerator<Uint8Array> {
  if (isURL(location)) return streamURL(location, from, { headers, signal }, expected)
  return streamFile(location, from, signal, expected)
}
