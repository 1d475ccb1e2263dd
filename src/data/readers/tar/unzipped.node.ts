/** The bytes of a tar archive, which may be packed with gzip as a whole. */
import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { streamBytes } from '../../../bytes/stream-bytes.node.ts'
import { TarDamaged } from './header'

/** Whether a file begins as gzip files do, whatever it is called. */
export async function isGzip(location: string): Promise<boolean> {
  for await (const chunk of streamBytes(location)) return chunk[0] === 0x1f && chunk[1] === 0x8b
  return false
}

/** Unpacked bytes from a place on. What lies before it has to be unpacked too. @throws TarDamaged for damaged gzip data */
export async function* unzippedBytes(location: string, from: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 16 })
  // What goes wrong on either side ends the iteration below.
  pipeline(Readable.from(streamBytes(location, 0, signal)), gunzip, () => undefined)
  let left = from
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      if (chunk.length > left) yield chunk.subarray(left)
      left = Math.max(0, left - chunk.length)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code?.startsWith('Z_') ? new TarDamaged(`the gzip data is damaged: ${message}`) : error
  }
}
