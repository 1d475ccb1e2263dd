/** What an encoded image may be given as, on every platform. */
import { wrongArgument } from '../check-arguments'
import { withoutSecrets } from '../bytes/http/address'
import type { DreamLIPError } from '../errors'

/** The bytes of an image file, and what messages call it. */
export interface EncodedImage {
  readonly name: string
  readonly bytes: Uint8Array
}

/** No photograph is larger; more is not taken into memory. */
export const largestFile = 512 * 1024 * 1024

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
