/**
 * A worker process for tests: MODEL REDIS QUEUE. CLOCK_SHIFT_MS shifts its clock; with CLOCK_JUMPS, the clock jumps back and forth
 * by up to a day, at random from this seed.
 */
import { DreamLIP } from '../../../src/index.node.ts'
import { runWork } from '../../../src/bulk/queue/run-work.node.ts'
import { createRandom } from '../../../src/random'

const day = 86_400_000
const { CLOCK_SHIFT_MS = '0', CLOCK_JUMPS, LOCK_SECONDS = '2' } = process.env
const now = Date.now
let shift = Number(CLOCK_SHIFT_MS)
Date.now = () => now() + shift
if (CLOCK_JUMPS !== undefined) {
  const random = createRandom(Number(CLOCK_JUMPS))
  setInterval(() => (shift = Math.round((2 * random.uniform() - 1) * day)), 50).unref()
}

const [path, redis, queue] = process.argv.slice(2)
const model = await DreamLIP.load(path)
await runWork(model, { redis, queue, untilEmpty: true, lockSeconds: Number(LOCK_SECONDS) })
model.dispose()
