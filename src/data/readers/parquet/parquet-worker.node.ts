/** The worker thread that decodes Parquet files: what it does may hang or grow, and the thread is then ended. */
import { serveTasks } from '../../../concurrency/serve-tasks.node.ts'
import { decode } from './decode.node.ts'

// The library leaves promises behind when a column fails; its answer fails too, and that one is awaited.
process.on('unhandledRejection', () => undefined)

serveTasks(decode, 1)
