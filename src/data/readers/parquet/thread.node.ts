/** The thread in which Parquet files are decoded, and what it may take. */
import { boundedThread } from '../../../concurrency/deadline.node.ts'
import { workerFile } from '../../../concurrency/worker-file.node.ts'
import type { Decoded, DecodeTask, Row } from './decode.node.ts'
import type { Description } from './metadata'

const run = boundedThread<DecodeTask, Decoded>('parquet-worker.node.js', () =>
  workerFile('parquet-worker.node', import.meta.url),
)

/** Decoders do tens of megabytes a second; a slow machine is given time for ten. */
const bytesPerMillisecond = 10_000

/** What an honest file of this many bytes needs, with room to spare. Reading the bytes does not count: this thread gets them. */
function boundsFor(bytes: number) {
  return { milliseconds: 1500 + bytes / bytesPerMillisecond, bytes: 512 * 1024 ** 2 + 6 * bytes }
}

/** @throws OutOfBounds, Error in words, DreamLIPError `WORKER_FAILED` */
export async function describeInThread(footer: Uint8Array, fileBytes: number): Promise<Description> {
  // A footer is many small values: files of 20,000 groups have 4 MB of it.
  const milliseconds = Math.min(4000, 1500 + footer.length / 1000)
  return (await run({ footer, fileBytes }, { ...boundsFor(footer.length), milliseconds })) as Description
}

/** @throws OutOfBounds, Error in words, DreamLIPError `WORKER_FAILED`, the signal's reason */
export async function decodeInThread(
  task: Extract<DecodeTask, { group: unknown }>,
  signal?: AbortSignal,
): Promise<readonly Row[]> {
  const held = task.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)
  // An unpacked size that is forged buys no more than what the file itself may unpack to.
  const claimed = task.group.chunks.reduce((sum, { unpacked }) => sum + unpacked, 0)
  return (await run(task, boundsFor(held + Math.min(claimed, 4 * held)), signal)) as readonly Row[]
}
