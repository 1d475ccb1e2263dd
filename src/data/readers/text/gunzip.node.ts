/** Unpacks gzip as a stream, with bounds. */
import { pipeline, Readable } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'
import { streamBytes } from '../../../bytes/stream-bytes.node.ts'
import { DreamLIPError } from '../../../errors'

/** Text compresses to a third or a tenth; zeros to a thousandth. Small files may do as they like. */
const largestRatio = 500
const alwaysAllowed = 64 * 1024 * 1024

/** Whether bytes begin as a gzip file does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/**
 * The unpacked bytes, those of all members where several files were joined.
 * @throws DreamLIPError `DATA_INVALID` for a file that is cut, damaged, or unpacks to more than 500 times its size
 */
export async function* gunzip(name: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [read, unpacked] = [0, 0]
  const counted = async function* () {
    for await (const chunk of packed) {
      read += chunk.length
      yield chunk
    }
  }
  const stream = createGunzip({ chunkSize: 1 << 18 })
  // The error comes out of the loop below.
  pipeline(Readable.from(counted()), stream, () => undefined)
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      unpacked += chunk.length
      if (unpacked > alwaysAllowed && unpacked > largestRatio * read) {
        throw invalid(name, `it unpacks to more than ${largestRatio} times its size`)
      }
      yield chunk
    }
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (!(code in constants)) throw error
    throw invalid(name, code === 'Z_BUF_ERROR' ? 'it ends too early: the file was cut' : (error as Error).message)
  }
}

/** Bytes of a file or URL from an offset on; of names that end in `.gz` or `.tgz` the unpacked ones. */
export async function* streamUnpacked(location: string, from = 0, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!/\.t?gz(\?|$)/i.test(location)) return yield* streamBytes(location, from, signal)
  yield* skipBytes(gunzip(location, streamBytes(location, 0, signal)), from)
}

/** What comes after the first `count` bytes. */
export async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

function invalid(name: string, what: string): DreamLIPError {
  return new DreamLIPError('DATA_INVALID', `${name}: expected a gzip file; ${what}. Check that the file is whole.`)
}
