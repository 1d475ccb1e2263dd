/** Streams the bytes of a file or URL from an offset on. */
import { describeFile, streamFile } from './file.node.ts'
import { isURL } from '../http/address'
import type { FetchOptions } from '../http/fetch-patiently'
import type { RequestHeaders } from '../http/headers'
import { describeURL, streamURL } from '../http/stream'
import { versionText, type Version } from '../version'

/** The state of a file or URL when it was first described. */
export interface Described extends Version {
  /** The file's version as text. */
  readonly version: string
}

/** Size and version of a file. @throws DreamLIPError `SOURCE_UNREADABLE`, `HTTP_…` */
export async function describeBytes(location: string, options: FetchOptions = {}): Promise<Described> {
  const found: Version = isURL(location) ? await describeURL(location, options) : await describeFile(location)
  return { ...found, version: versionText(found) }
}

/**
 * Chunks of bytes from offset `from`. Over HTTP, a broken connection is resumed where it broke, provided that the file has not
 * changed.
 * @param expected the result of `describeBytes`; if the file's version differs now, that is an error
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
