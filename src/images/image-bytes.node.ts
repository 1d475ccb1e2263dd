/** Reads the encoded bytes of an image, wherever it is, in Node. */
import { readBytes } from '../bytes/read-bytes'
import { asBytes, limitOf, nameOf, notAnImage, type EncodedImage, type ImageRequest } from './encoded-image'

/** The bytes of an image file. @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_TOO_LARGE`, `HTTP_…`, `INVALID_ARGUMENT` */
export async function encodedBytes(input: unknown, request: ImageRequest = {}): Promise<EncodedImage> {
  if (typeof input === 'string' || input instanceof URL) {
    const bytes = await readBytes(input, { limit: limitOf(input), tooLarge: 'IMAGE_TOO_LARGE', ...request })
    return { name: nameOf(input), bytes }
  }
  const encoded = await asBytes(input)
  if (encoded) return encoded
  throw notAnImage(input, 'a path, URL, Blob, ArrayBuffer, Uint8Array or { data, width, height, channels }')
}
