/** The worker thread that decodes Parquet files. If decoding hangs or needs too much memory, the thread is stopped. */
import { serveTasks } from '../../../concurrency/workers/serve-tasks.node.ts'
import { decode } from './decode.node.ts'

// If a column fails, the library leaves rejected promises behind. The task fails too, so the error is not lost.
process.on('unhandledRejection', () => undefined)

serveTasks(decode, 1)
