/** The bytes of a tar archive, which may be packed with gzip as a whole. */
import { createGunzip, type Gunzip } from 'node:zlib'
import { streamBytes } from '../../../bytes/stream-bytes.node.ts'
import { TarDamaged } from './header'

/** Bytes unpacked at once: at most a thousandfold comes out. */
const inputBytes = 16 * 1024

/** Whether a file begins as gzip files do, whatever it is called. */
export async function isGzip(location: string): Promise<boolean> {
  for await (const chunk of streamBytes(location)) return chunk[0] === 0x1f && chunk[1] === 0x8b
  return false
}

/** Unpacked bytes from a place on. What lies before it has to be unpacked too. @throws TarDamaged for damaged gzip data */
export async function* unzippedBytes(location: string, from: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  let left = from
  for await (const chunk of unpack(streamBytes(location, 0, signal))) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

/** Node's own iteration over the unpacker would lose what was unpacked before an error. */
async function* unpack(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: inputBytes })
  let unpacked: Uint8Array[] = []
  let failure: Error | undefined
  gunzip.on('data', (chunk: Uint8Array) => unpacked.push(chunk))
  gunzip.on('error', (error) => (failure = error))
  const take = async function* (step: (done: () => void) => unknown) {
    await untilDone(gunzip, step)
    yield* unpacked
    unpacked = []
    if (failure) throw new TarDamaged(`the gzip data is damaged: ${failure.message}`)
  }
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += inputBytes) {
        const part = chunk.subarray(at, at + inputBytes)
        yield* take((done) => gunzip.write(part, done))
      }
    }
    yield* take((done) => gunzip.once('end', done).end())
  } finally {
    gunzip.destroy()
  }
}

/** Waits for a step, or for the error that keeps it from being done. */
function untilDone(gunzip: Gunzip, step: (done: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gunzip.off('error', done)
      resolve()
    }
    gunzip.once('error', done)
    step(done)
  })
}
