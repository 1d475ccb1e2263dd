/** Embedding shards: through the queue compared with a bare loop in the same process, and with one, two and four workers. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeShard } from '../test/bulk/shards'
import { startRedis } from '../test/bulk/queue/redis'
import { addWork, DreamLIP, embedShards, runWork } from '../src/index.node.ts'
import { median } from './python'

const shardCount = Number(process.env.BULK_SHARDS ?? 50)
const perShard = Number(process.env.BULK_SAMPLES ?? 1000)
const rounds = Number(process.env.BULK_ROUNDS ?? 2)

export async function bulkBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-bulk-bench-'))
  mkdirSync(join(folder, 'redis'))
  const redis = await startRedis(join(folder, 'redis'))
  try {
    for (let i = 0; i < shardCount; i++) await writeShard(join(folder, `${i + 1000}.tar`), i * perShard, perShard)
    const shards = join(folder, `{1000..${999 + shardCount}}.tar`)
    const pictures = shardCount * perShard
    console.log(`bulk: ${pictures} pictures of 16 × 16 with captions in ${shardCount} shards, the model inside`)
    await besideLoop(shards, folder, redis.url)
    for (const workers of [1, 2, 4]) {
      const options = { redis: redis.url, queue: `workers-${workers}` }
      await addWork(shards, { ...options, out: join(folder, `workers-${workers}`) })
      const start = performance.now()
      await command([
        'work',
        'run',
        '--until-empty',
        '--workers',
        `${workers}`,
        '--redis',
        redis.url,
        '--queue',
        options.queue,
      ])
      const seconds = (performance.now() - start) / 1000
      console.log(
        `  ${workers} worker processes, started anew: ${seconds.toFixed(1)} s, ${(pictures / seconds).toFixed(0)} pictures/s`,
      )
    }
  } finally {
    redis.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same model in the same process, in turn. */
async function besideLoop(shards: string, folder: string, redis: string): Promise<void> {
  const model = await DreamLIP.load()
  await embedShards(model, shards.replace(/\{(\d+)\.\..*\}/, '$1'), { out: join(folder, 'warm') })
  const times = { loop: [] as number[], queue: [] as number[] }
  const memory: number[] = []
  const sides = {
    loop: (round: number) => embedShards(model, shards, { out: join(folder, `loop-${round}`) }),
    queue: async (round: number) => {
      const queue = { redis, queue: `beside-${round}` }
      await addWork(shards, { ...queue, out: join(folder, `queue-${round}`) })
      const onShard = () => memory.push(process.memoryUsage().rss / 2 ** 20)
      await runWork(model, { ...queue, untilEmpty: true, onShard })
    },
  }
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? (['loop', 'queue'] as const) : (['queue', 'loop'] as const)) {
      times[side].push(await seconds(() => sides[side](round)))
    }
  }
  model.dispose()
  const [loop, queue] = [median(times.loop), median(times.queue)]
  console.log(
    `  bare loop ${loop.toFixed(1)} s, through the queue ${queue.toFixed(1)} s: overhead ${(100 * (queue / loop - 1)).toFixed(1)} %`,
  )
  const tenth = Math.ceil(memory.length / 10)
  const part = (from: number) => median(memory.slice(from, from + tenth)).toFixed(0)
  console.log(
    `  memory of the process: ${part(0)} MB in the first tenth of the shards, ${part(memory.length - tenth)} MB in the last`,
  )
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** The built command. */
function command(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['dist/cli.js', ...args], { stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`dreamlip ${args.join(' ')} ended with ${code}`)),
    )
  })
}
