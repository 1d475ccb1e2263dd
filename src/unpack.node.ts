/** The same as `unpack` for browsers, by zlib: the model inside the package is there twice as soon. */
import { inflateSync } from 'node:zlib'

export async function unpack(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  const { buffer, byteOffset, byteLength } = inflateSync(Buffer.from(packed, 'base64'))
  return new Uint8Array(buffer, byteOffset, byteLength)
}
