/** Reads the encoded bytes of an image, wherever it is, in browsers. */
import { isWindowsPath } from '../../../bytes/http/address'
import { pageAddress } from '../../../bytes/http/page-address'
import { readBytes } from '../../../bytes/read/read-bytes'
import { DreamLIPError } from '../../../errors'
import { asBytes, limitOf, nameOf, notAnImage, type EncodedImage, type ImageRequest } from './encoded-image'

/** The bytes of an image file. @throws DreamLIPError `SOURCE_UNREADABLE`, `IMAGE_TOO_LARGE`, `HTTP_…`, `INVALID_ARGUMENT` */
export async function encodedBytes(input: unknown, request: ImageRequest = {}): Promise<EncodedImage> {
  if (typeof input === 'string' || input instanceof URL) {
    const url = resolve(String(input))
    const bytes = await readBytes(url, { limit: limitOf(url), tooLarge: 'IMAGE_TOO_LARGE', ...request })
    return { name: nameOf(url), bytes }
  }
  const encoded = await asBytes(input, request)
  if (encoded) return encoded
  throw notAnImage(
    input,
    'a URL, Blob, ArrayBuffer, Uint8Array, stream, image element, canvas, bitmap, video frame or { data, width, height, channels }',
  )
}

function resolve(location: string): string {
  const base = pageAddress()
  if (isWindowsPath(location)) return location
  if (URL.canParse(location, base)) return new URL(location, base).href
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${nameOf(location)}: expected the address of an image; this one is not valid. Check its spelling.`,
  )
}
