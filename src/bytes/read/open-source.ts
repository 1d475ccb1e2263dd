/** Opens every kind of input as a byte source. */
import { disk } from '#bytes/disk'
import { openKept } from '#bytes/kept'
import { checkCall, checkText, show } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { blobSource, bufferSource, type ByteSource } from '../byte-source'
import { noPathToRead } from '../disk'
import type { FetchOptions } from '../http/fetch-patiently'
import { addressInPage } from '../http/page-address'
import { openURL, rangesOf } from '../http/ranges'
import type { Keep } from '../kept/keep'
import type { Version } from '../version'

/** A path, a URL (`http:`, `https:`, `file:`), a Blob or File, bytes in memory, or your own byte source. */
export type ByteSourceInput = string | URL | Blob | ArrayBuffer | Uint8Array | ByteSource

export interface OpenOptions extends FetchOptions {
  /** Keep the parts read from a URL for later visits. Browsers only. */
  readonly keep?: Keep
}

/**
 * Opens a byte source. Only requested ranges of files, Blobs and URLs are read.
 * @throws DreamLIPError `SOURCE_UNREADABLE` when it cannot be opened, `INVALID_ARGUMENT` for anything else
 */
export async function openByteSource(source: ByteSourceInput, options: OpenOptions = {}): Promise<ByteSource> {
  checkCall(options)
  if (typeof source === 'string') checkText('source', source, 'a path or URL')
  if (typeof source === 'string' || source instanceof URL) return openLocation(source, options)
  if (source instanceof Blob) return blobSource(source)
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return bufferSource(source)
  if (typeof source === 'object' && source !== null && 'read' in source && 'byteLength' in source) return source
  throw new DreamLIPError(
    'INVALID_ARGUMENT',
    `source: expected a path, URL, Blob, ArrayBuffer or Uint8Array; got ${show(source)}.`,
  )
}

async function openLocation(location: string | URL, options: OpenOptions): Promise<ByteSource> {
  const text = String(location)
  if (/^https?:/i.test(text)) return openAddress(text, options)
  const address = addressInPage(text)
  if (address) return openAddress(address.href, options)
  if (!disk) throw noPathToRead(location)
  return disk.open(location)
}

function openAddress(url: string, { keep, ...options }: OpenOptions): Promise<ByteSource> {
  if (!keep || !openKept) return openURL(url, options)
  const file = {
    url,
    // The browser's own cache would hold the file a second time, and could answer for the server.
    open: (first?: number, patience = options.patience) =>
      openURL(url, { ...options, patience, cache: 'no-store' }, first),
    openKnown: ({ size, validator }: Version) =>
      rangesOf(url, options, { size: size!, validator, bytes: new Uint8Array() }),
  }
  return openKept(file, keep)
}
