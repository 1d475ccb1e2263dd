/** Opens every kind of input as a byte source. */
import { disk } from '#bytes/disk'
import { checkCall, checkText, show } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { blobSource, bufferSource, type ByteSource } from '../byte-source'
import { noPathToRead } from '../disk'
import type { FetchOptions } from '../http/fetch-patiently'
import { addressInPage } from '../http/page-address'
import { openURL } from '../http/ranges'

/** A path, a URL (`http:`, `https:`, `file:`), a Blob or File, bytes in memory, or your own byte source. */
export type ByteSourceInput = string | URL | Blob | ArrayBuffer | Uint8Array | ByteSource

/**
 * Opens a byte source. Only requested ranges of files, Blobs and URLs are read.
 * @throws DreamLIPError `SOURCE_UNREADABLE` when it cannot be opened, `INVALID_ARGUMENT` for anything else
 */
export async function openByteSource(source: ByteSourceInput, options: FetchOptions = {}): Promise<ByteSource> {
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

async function openLocation(location: string | URL, options: FetchOptions): Promise<ByteSource> {
  const text = String(location)
  if (/^https?:/i.test(text)) return openURL(text, options)
  const address = addressInPage(text)
  if (address) return openURL(address.href, options)
  if (!disk) throw noPathToRead(location)
  return disk.open(location)
}
