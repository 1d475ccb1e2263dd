/** A worker process for tests: MODEL REDIS QUEUE. */
import { DreamLIP } from '../../../src/index.node.ts'
import { runWork } from '../../../src/bulk/queue/run-work.node.ts'

const [path, redis, queue] = process.argv.slice(2)
const model = await DreamLIP.load(path)
await runWork(model, { redis, queue, untilEmpty: true, lockSeconds: 2 })
model.dispose()
