/** Reads the file of an indexed picture, and refuses it if it has changed since. */
import { createHash } from 'node:crypto'
import { encodedBytes } from '../../../images/decode/source/image-bytes.node.ts'
import { readImageHeader, type ImageHeader } from '../../../images/formats/image-header'
import { HTTPError } from '../http/answer.node.ts'
import type { KnownPicture } from './picture-names.node.ts'
import type { ServedIndex } from './served-index.node.ts'

export interface ReadPicture {
  readonly bytes: Uint8Array
  readonly format: ImageHeader['format']
}

/**
 * Compares contents, not size and time, so that a link or another file in its place cannot expose what was not indexed.
 * @throws HTTPError 410 if the picture has left the index, or its file has gone or changed
 */
export async function readPicture(
  { image, store }: Pick<ServedIndex, 'image' | 'store'>,
  { path, hash }: KnownPicture,
  signal?: AbortSignal,
): Promise<ReadPicture> {
  const [first] = await store.vectors([path], { signal })
  if (Number.isNaN(first)) throw gone()
  const bytes = await image(path, { signal })
    .then(async (source) => (await encodedBytes(source, { signal })).bytes)
    .catch((cause: unknown) => {
      signal?.throwIfAborted()
      throw Object.assign(gone(), { cause })
    })
  if (createHash('sha256').update(bytes).digest('hex') !== hash) throw gone()
  return { bytes, format: readImageHeader(bytes).format }
}

function gone(): HTTPError {
  return new HTTPError(410, 'The file has gone or changed since it was indexed. Index its folder again.')
}
