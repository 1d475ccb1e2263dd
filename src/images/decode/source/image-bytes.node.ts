/** Reads the encoded bytes of an image, wherever it is, in Node. */
import { stat } from 'node:fs/promises'
import { pathOf } from '../../../bytes/read/regular-file.node.ts'
import { readBytes } from '../../../bytes/read/read-bytes'
import { asBytes, limitOf, nameOf, notAnImage, type EncodedImage, type ImageRequest } from './encoded-image'

/** Whether an image is given as the path of a file on this machine, or as its `file:` URL. */
export function isLocalFile(input: unknown): input is string | URL {
  return (typeof input === 'string' || input instanceof URL) && !/^(https?|data|blob):/i.test(String(input))
}

/** Bytes of memory needed to read an image as a whole, if known; 0 if they are already in memory. */
export async function sizeInMemory(input: unknown): Promise<number> {
  if (input instanceof Blob) return input.size
  if (!isLocalFile(input)) return 0
  // Opening the file reports what is wrong with it.
  return stat(pathOf(input)).then(
    ({ size }) => size,
    () => 0,
  )
}

/** The bytes of an image file. @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_TOO_LARGE`, `HTTP_…`, `INVALID_ARGUMENT` */
export async function encodedBytes(input: unknown, request: ImageRequest = {}): Promise<EncodedImage> {
  if (typeof input === 'string' || input instanceof URL) {
    const bytes = await readBytes(input, { limit: limitOf(input), tooLarge: 'IMAGE_TOO_LARGE', ...request })
    return { name: nameOf(input), bytes }
  }
  const encoded = await asBytes(input, request)
  if (encoded) return encoded
  throw notAnImage(input, 'a path, URL, Blob, ArrayBuffer, Uint8Array, stream or { data, width, height, channels }')
}
