/** The same as `unpack` for browsers, by zlib: the model inside the package is there twice as soon. */
import { constants, inflateSync } from 'node:zlib'

export async function unpack(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  // One large chunk instead of hundreds that zlib would have to join.
  const chunkSize = Math.max(packed.length, constants.Z_MIN_CHUNK)
  const { buffer, byteOffset, byteLength } = inflateSync(Buffer.from(packed, 'base64'), { chunkSize })
  return new Uint8Array(buffer, byteOffset, byteLength)
}
