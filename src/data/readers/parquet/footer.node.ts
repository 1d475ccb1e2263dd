/** Reads and describes the footer of a Parquet file. */
import type { ByteSource } from '../../../bytes/byte-source'
import { DreamLIPError } from '../../../errors'
import type { Description } from './metadata'
import { describeInThread } from './thread.node.ts'

/** The largest footer. One of 1,000 columns in 1,000 groups has 60 MB. */
const largestFooter = 256 * 1024 * 1024

/** The longest error message of a decoder, in characters. */
const longestReason = 300

/** @throws DreamLIPError `DATA_INVALID` for a footer that makes no sense, `WORKER_FAILED` */
export async function readFooter(location: string, source: ByteSource): Promise<Description> {
  const fail = (message: string, cause?: unknown) =>
    new DreamLIPError(
      'DATA_INVALID',
      `${location}: expected a Parquet file; ${message.slice(0, longestReason)}. Check that the file is complete.`,
      { cause },
    )
  const { byteLength } = source
  if (byteLength < 12) throw fail(`it has ${byteLength} bytes`)
  const tail = await source.read(byteLength - 8, 8)
  if (Buffer.from(tail.subarray(4)).toString('latin1') !== 'PAR1') throw fail('it does not end in PAR1')
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) + 8
  if (length > Math.min(byteLength, largestFooter)) {
    throw fail(`it claims a footer of ${length} bytes in a file of ${byteLength} bytes`)
  }
  const footer = await source.read(byteLength - length, length)
  return describeInThread(footer, byteLength).catch((error: Error) => {
    throw error instanceof DreamLIPError ? error : fail(error.message, error)
  })
}
