/** The thread that decodes Parquet files, and its limits on time and memory. */
import { boundedThread } from '../../../concurrency/deadline.node.ts'
import { workerFile } from '../../../concurrency/workers/worker-file.node.ts'
import type { Decoded, DecodeTask, Row } from './decode.node.ts'
import type { Description } from './metadata'

const run = boundedThread<DecodeTask, Decoded>('parquet-worker.node.js', () =>
  workerFile('parquet-worker.node', import.meta.url),
)

/** Decoders process tens of megabytes per second. The limit allows for a slow machine with ten. */
const bytesPerMillisecond = 10_000

/** More than any honest file of this many bytes needs. Reading does not count: the caller has already read the bytes. */
function boundsFor(bytes: number) {
  return { milliseconds: 1500 + bytes / bytesPerMillisecond, bytes: 512 * 1024 ** 2 + 6 * bytes }
}

/** @throws OutOfBounds; Error that says what is wrong; DreamLIPError `WORKER_FAILED` */
export async function describeInThread(footer: Uint8Array, fileBytes: number): Promise<Description> {
  // A footer consists of many small values. In files of 20,000 groups, it has 4 MB.
  const milliseconds = Math.min(4000, 1500 + footer.length / 1000)
  return (await run({ footer, fileBytes }, { ...boundsFor(footer.length), milliseconds })) as Description
}

/** @throws OutOfBounds; Error that says what is wrong; DreamLIPError `WORKER_FAILED`; the signal's reason */
export async function decodeInThread(
  task: Extract<DecodeTask, { group: unknown }>,
  signal?: AbortSignal,
): Promise<readonly Row[]> {
  const held = task.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)
  // A forged unpacked size must not raise the limits beyond what the file itself could need.
  const claimed = task.group.chunks.reduce((sum, { unpacked }) => sum + unpacked, 0)
  return (await run(task, boundsFor(held + Math.min(claimed, 4 * held)), signal)) as readonly Row[]
}
