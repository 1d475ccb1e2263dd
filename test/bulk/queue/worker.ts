/** A worker process for tests: MODEL REDIS QUEUE. With CLOCK_SHIFT_MS, its clock is wrong by as much. */
import { DreamLIP } from '../../../src/index.node.ts'
import { runWork } from '../../../src/bulk/queue/run-work.node.ts'

const [now, shift] = [Date.now, Number(process.env.CLOCK_SHIFT_MS ?? 0)]
if (shift !== 0) Date.now = () => now() + shift

const [path, redis, queue] = process.argv.slice(2)
const model = await DreamLIP.load(path)
await runWork(model, { redis, queue, untilEmpty: true, lockSeconds: 2 })
model.dispose()
