/** The forms of an encoded image on all platforms. */
import { isURL, withoutSecrets } from '../../../bytes/http/address'
import type { RequestHeaders } from '../../../bytes/http/headers'
import { isByteStream, readStream } from '../../byte-stream'
import type { DreamLIPError } from '../../../errors'
import { wrongArgument } from '../../../check-arguments'

/** The bytes of an image file, and its name for messages. */
export interface EncodedImage {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Options of a request for an image. */
export interface ImageRequest {
  /** Sent with the request, such as `Authorization`. */
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
}

/** Options of decoding an image. */
export interface DecodeOptions extends ImageRequest {
  /** Whether to rotate the image as its EXIF data says; default true. */
  readonly exifOrientation?: boolean
}

/** The largest file that is read into memory. No photograph is larger. */
const largestFile = 512 * 1024 * 1024

/** The limit for a server, which might never stop sending. Several images are fetched at the same time. */
const largestFetched = 128 * 1024 * 1024

/** Maximum bytes to read from a location. */
export function limitOf(location: string | URL): number {
  return isURL(String(location)) ? largestFetched : largestFile
}

/** The name of a location in messages: without secrets, and at most one line. */
export function nameOf(location: string | URL): string {
  const text = String(location)
  if (/^data:/i.test(text)) return `${text.slice(0, 32)}…`
  return (/^https?:/i.test(text) ? withoutSecrets(text) : text).slice(0, 200)
}

/** The bytes of an image in memory, or of a stream; `undefined` for anything else. @throws DreamLIPError as `readStream` */
export async function asBytes(input: unknown, { signal }: ImageRequest): Promise<EncodedImage | undefined> {
  if (input instanceof Blob) return { name: blobName(input), bytes: new Uint8Array(await input.arrayBuffer()) }
  if (input instanceof ArrayBuffer) return { name: `ArrayBuffer (${size(input)})`, bytes: new Uint8Array(input) }
  if (input instanceof Uint8Array) return { name: `Uint8Array (${size(input)})`, bytes: input }
  if (!isByteStream(input)) return undefined
  const bytes = await readStream(input, { signal })
  return { name: `stream (${size(bytes)})`, bytes }
}

/** A File has a name; other Blobs are described. */
function blobName(blob: Blob): string {
  const { name } = blob as Partial<File>
  if (typeof name === 'string' && name !== '') return name.slice(0, 200)
  return `Blob (${blob.type && `${blob.type}, `}${size({ byteLength: blob.size })})`
}

function size({ byteLength }: { readonly byteLength: number }): string {
  return `${byteLength.toLocaleString('en')} bytes`
}

/** The error for an argument that is not an image. */
export function notAnImage(input: unknown, expected: string): DreamLIPError {
  return wrongArgument('image', expected, input)
}
