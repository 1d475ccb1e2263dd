/** What an encoded image may be given as, on every platform. */
import { isURL, withoutSecrets } from '../../bytes/http/address'
import type { RequestHeaders } from '../../bytes/http/headers'
import type { DreamLIPError } from '../../errors'
import { wrongArgument } from '../../check-arguments'

/** The bytes of an image file, and what messages call it. */
export interface EncodedImage {
  readonly name: string
  readonly bytes: Uint8Array
}

/** How an image that lies at an address is asked for. */
export interface ImageRequest {
  /** Sent with the request, such as `Authorization`. */
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
}

/** How an image is decoded. */
export interface DecodeOptions extends ImageRequest {
  /** Turn the image as its EXIF data says; default true. */
  readonly exifOrientation?: boolean
}

/** No photograph is larger; more is not taken into memory. */
const largestFile = 512 * 1024 * 1024

/** Servers may send without end, and several images are on their way at a time. */
const largestFetched = 128 * 1024 * 1024

/** Bytes that are read of the image at a location. */
export function limitOf(location: string | URL): number {
  return isURL(String(location)) ? largestFetched : largestFile
}

/** How messages call a location: without secrets, and not longer than a line. */
export function nameOf(location: string | URL): string {
  const text = String(location)
  if (/^data:/i.test(text)) return `${text.slice(0, 32)}…`
  return (/^https?:/i.test(text) ? withoutSecrets(text) : text).slice(0, 200)
}

/** Bytes that are in memory already; `undefined` for anything else. */
export async function asBytes(input: unknown): Promise<EncodedImage | undefined> {
  if (input instanceof Blob) return { name: 'Blob', bytes: new Uint8Array(await input.arrayBuffer()) }
  if (input instanceof ArrayBuffer) return { name: 'ArrayBuffer', bytes: new Uint8Array(input) }
  if (input instanceof Uint8Array) return { name: 'Uint8Array', bytes: input }
  return undefined
}

/** An error for an argument that is no image. */
export function notAnImage(input: unknown, expected: string): DreamLIPError {
  return wrongArgument('image', expected, input)
}
