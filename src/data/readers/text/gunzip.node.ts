/** Unpacks gzip as a stream, with a limit on the unpacked size. */
import { createGunzip, type Gunzip } from 'node:zlib'
import type { RequestHeaders } from '../../../bytes/http/headers'
import { streamBytes } from '../../../bytes/read/stream-bytes.node.ts'
import { DreamLIPError } from '../../../errors'

/** Bytes that are unpacked at once. The result is at most about a thousand times as large. */
const inputBytes = 16 * 1024

/** Text compresses to a third or a tenth, zeros to a thousandth. Small files are not limited. */
const largestRatio = 500
const alwaysAllowed = 64 * 1024 * 1024

/**
 * The unpacked bytes, of all members if several gzip files were joined. Bytes before damage are yielded before the error.
 * @throws DreamLIPError `DATA_INVALID` for a file that is cut off or damaged, or unpacks to more than 500 times its size
 */
export async function* gunzip(name: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: inputBytes })
  let [read, unpacked] = [0, 0]
  let chunks: Uint8Array[] = []
  let failure: NodeJS.ErrnoException | undefined
  unpacker.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  unpacker.on('error', (error) => (failure = error))
  const take = async function* (step: (done: () => void) => unknown) {
    await untilDone(unpacker, step)
    for (const chunk of chunks) {
      unpacked += chunk.length
      yield chunk
    }
    chunks = []
    if (failure)
      throw invalid(name, failure.code === 'Z_BUF_ERROR' ? 'it ends too early: it was cut off' : failure.message)
    if (unpacked > alwaysAllowed && unpacked > largestRatio * read) {
      throw invalid(name, `it unpacks to more than ${largestRatio} times its size`)
    }
  }
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += inputBytes) {
        const part = chunk.subarray(at, at + inputBytes)
        read += part.length
        yield* take((done) => unpacker.write(part, done))
      }
    }
    yield* take((done) => unpacker.once('end', done).end())
  } finally {
    unpacker.destroy()
  }
}

/** Waits until a step is done, or fails. */
function untilDone(unpacker: Gunzip, step: (done: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unpacker.off('error', done)
      resolve()
    }
    unpacker.once('error', done)
    step(done)
  })
}

/** The bytes of a file or URL, unpacked if its name ends in `.gz` or `.tgz`. */
export function streamUnpacked(location: string, headers?: RequestHeaders): AsyncGenerator<Uint8Array> {
  const bytes = streamBytes(location, 0, undefined, { headers })
  return /\.t?gz(\?|$)/i.test(location) ? gunzip(location, bytes) : bytes
}

function invalid(name: string, what: string): DreamLIPError {
  return new DreamLIPError('DATA_INVALID', `${name}: expected a gzip file; ${what}. Check that the file is complete.`)
}
