/**
 * The faults that bulk work survives. Each fault is real, at random from `SEED`. The output is then compared byte for byte with
 * that of an uninterrupted run in one process, and its counts with the number of samples. `FAULTS=kills,store` selects faults.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { openLine } from '../test/bulk/line'
import { hasMoto, startMoto } from '../test/bulk/moto'
import { sendToRedis, startRedis, type RedisServer } from '../test/bulk/queue/redis'
import { tinyModel, writeShard } from '../test/bulk/shards'
import { addWork, DreamLIP, embedShards, runWork, s3Destination, workStatus } from '../src/index.node.ts'
import { createRandom } from '../src/random'
import { manifestFile } from '../src/bulk/output/shard-files'

const seed = Number(process.env.SEED ?? 1)
const kills = Number(process.env.FAULT_KILLS ?? 100)
const cutSeconds = Number(process.env.FAULT_CUT_SECONDS ?? 60)
const shardCount = Number(process.env.FAULT_SHARDS ?? 30)
const perShard = Number(process.env.FAULT_SAMPLES ?? 60)

interface Bench {
  readonly folder: string
  readonly model: DreamLIP
  readonly redis: RedisServer
  readonly shards: string
  readonly random: ReturnType<typeof createRandom>
  /** Starts a worker process. */
  readonly start: (queue: string, environment?: Record<string, string>, redis?: string) => ChildProcess
}

/** @returns the number of faults, and the outcome */
type Fault = (bench: Bench) => Promise<readonly [times: string, result: string]>

const faults: Readonly<Record<string, readonly [name: string, fault: Fault]>> = {
  kills: ['SIGKILL of workers at random', killWorkers],
  restart: ['Redis killed and started again', restartRedis],
  memory: ['Redis out of memory (noeviction)', exhaustRedis],
  store: [`the store cut for ${cutSeconds} s, silent, then refusing`, cutStore],
  twice: ['two workers with each shard', workTwice],
  clocks: ['clocks of workers jump by up to a day', jumpClocks],
  shards: ['shards that are broken, empty, missing, 10 times as large', spoilShards],
  disk: ['a full disk', fillDisk],
}

export async function bulkFaultsBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-faults-'))
  mkdirSync(join(folder, 'redis'))
  const redis = await startRedis(join(folder, 'redis'))
  const model = await DreamLIP.create(tinyModel, { seed: 1 })
  const started = new Set<ChildProcess>()
  try {
    const file = join(folder, 'model.safetensors')
    await model.save(file)
    for (let i = 0; i < shardCount; i++) {
      await writeShard(join(folder, `${i + 1000}.tar`), i * perShard, perShard, [i * perShard + 3])
    }
    const shards = join(folder, `{1000..${999 + shardCount}}.tar`)
    await embedShards(model, shards, { out: join(folder, 'expected') })
    console.log(`bulk-faults: seed ${seed}; ${shardCount * perShard} pictures in ${shardCount} shards\n`)
    console.log('| fault | times | result |\n| --- | --- | --- |')
    const start: Bench['start'] = (queue, environment = {}, at = redis.url) => {
      const args = ['--import', 'tsx', 'test/bulk/queue/worker.ts', file, at, queue]
      const child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...environment } })
      started.add(child)
      child.once('exit', () => started.delete(child))
      return child
    }
    for (const id of process.env.FAULTS?.split(',') ?? Object.keys(faults)) {
      const [name, fault] = faults[id]!
      const [times, result] = await fault({ folder, model, redis, shards, random: createRandom(seed), start })
      console.log(`| ${name} | ${times} | ${result} |`)
    }
  } finally {
    started.forEach((child) => child.kill('SIGKILL'))
    redis.stop()
    model.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Three workers are killed and restarted one after another. When an output is done, a new one begins. */
async function killWorkers({ folder, redis, shards, random, start }: Bench) {
  let [killed, outputs] = [0, 0]
  const results = new Set<string>()
  while (killed < kills) {
    const [out, queue] = [join(folder, `kills-${++outputs}`), `kills-${outputs}`]
    await addWork(shards, { redis: redis.url, queue, out })
    const workers = [start(queue), start(queue), start(queue)]
    while (!isDone(await statusOf(redis, queue))) {
      await pause(300 + 2700 * random.uniform())
      const victim = Math.floor(workers.length * random.uniform())
      if (workers[victim]!.exitCode === null) {
        if (killed === kills) continue
        workers[victim]!.kill('SIGKILL')
        killed++
      }
      workers[victim] = start(queue)
    }
    await Promise.all(workers.map(ended))
    results.add(await compare(folder, out))
  }
  return [`${killed}, over ${outputs} outputs`, [...results].join('; ')] as const
}

async function restartRedis({ folder, redis, shards, random, start }: Bench) {
  const [out, queue] = [join(folder, 'restart'), 'restart']
  await addWork(shards, { redis: redis.url, queue, out })
  const workers = [start(queue), start(queue)]
  let times = 0
  while (!isDone(await statusOf(redis, queue)) || times === 0) {
    await pause(500 + 2000 * random.uniform())
    if (times++ < 10) await redis.restart()
  }
  await Promise.all(workers.map(ended))
  return [String(Math.min(times, 10)), await compare(folder, out)] as const
}

async function exhaustRedis({ folder, model, redis, shards, random }: Bench) {
  const [out, queue] = [join(folder, 'memory'), 'memory']
  await addWork(shards, { redis: redis.url, queue, out, attempts: 1 })
  const setMemory = (bytes: number) => sendToRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', String(bytes)])
  let [times, done, refusals] = [0, 0, 0]
  const lifting: Promise<unknown>[] = []
  const onShard = () => {
    if (++done % 8 !== 0) return
    times++
    void setMemory(1)
    lifting.push(pause(1000 + 5000 * random.uniform()).then(() => setMemory(0)))
  }
  const onProblem = (message: string) => void (/OOM/.test(message) && refusals++)
  await runWork(model, { redis: redis.url, queue, untilEmpty: true, lockSeconds: 2, onShard, onProblem })
  await Promise.all(lifting)
  return [`${times}, ${refusals > 0 ? 'noticed' : 'not noticed'}`, await compare(folder, out)] as const
}

async function cutStore({ folder, model, redis, shards }: Bench) {
  if (!hasMoto) return ['0', 'not run: scripts/install-moto.sh installs a store'] as const
  const moto = await startMoto()
  const line = await openLine(moto.endpoint)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const settings = { region: 'us-east-1', credentials }
  const client = new S3Client({ ...settings, endpoint: moto.endpoint, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'faults' }))
  Object.assign(process.env, { AWS_ENDPOINT_URL: line.url, AWS_REGION: settings.region })
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
  const queue = 'store'
  await addWork(shards, { redis: redis.url, queue, out: 's3://faults/out', attempts: 1 })
  let [done, waits] = [0, 0]
  const mending: Promise<void>[] = []
  const onShard = () => {
    const how = ++done === 5 ? 'silent' : done === 10 ? 'refused' : undefined
    if (how === undefined) return
    line.cut(how)
    mending.push(pause(1000 * cutSeconds).then(() => line.mend()))
  }
  const onProblem = (message: string) => void (/store does not answer/.test(message) && waits++)
  await runWork(model, { redis: redis.url, queue, untilEmpty: true, onShard, onProblem })
  await Promise.all(mending)
  const store = await s3Destination('s3://faults/out', { ...settings, endpoint: moto.endpoint })
  const found: Record<string, string> = {}
  for (const name of Object.keys(filesOf(join(folder, 'expected')))) {
    found[name] = Buffer.from((await store.read(name)) ?? []).toString('base64')
  }
  line.close()
  moto.stop()
  return [`2, the worker waited ${waits > 0 ? 'and said so' : 'in silence'}`, differences(folder, found)] as const
}

async function workTwice({ folder, model, redis, shards }: Bench) {
  const out = join(folder, 'twice')
  const queues = ['twice-a', 'twice-b'].map((queue) => ({ redis: redis.url, queue }))
  for (const queue of queues) await addWork(shards, { ...queue, out })
  using second = await DreamLIP.create(tinyModel, { seed: 1 })
  await Promise.all(queues.map((queue, i) => runWork(i === 0 ? model : second, { ...queue, untilEmpty: true })))
  return [`${shardCount} shards`, await compare(folder, out)] as const
}

/** The clocks of three workers jump: `Date.now` is replaced. Redis's clock does not: libfaketime is incompatible with jemalloc. */
async function jumpClocks({ folder, shards, redis, start }: Bench) {
  const [out, queue] = [join(folder, 'clocks'), 'clocks']
  await addWork(shards, { redis: redis.url, queue, out, attempts: 1 })
  const workers = [1, 2, 3].map((i) => start(queue, { CLOCK_JUMPS: String(10 * seed + i) }))
  await Promise.all(workers.map(ended))
  return ['20 a second in each of 3 workers', await compare(folder, out)] as const
}

async function spoilShards({ folder, model, redis, start }: Bench) {
  const [out, queue, at] = [join(folder, 'spoilt'), 'spoilt', (name: string) => join(folder, `${name}.tar`)]
  const whole = readFileSync(at('1000'))
  writeFileSync(at('torn'), whole.subarray(0, Math.floor(whole.length / 2)))
  writeFileSync(at('noise'), Buffer.alloc(5000, 7))
  writeFileSync(at('empty'), '')
  writeFileSync(at('repeated'), Buffer.concat([whole.subarray(0, whole.length - 1024), whole]))
  await writeShard(at('large'), 100_000, 10 * perShard)
  const list = ['1000', 'torn', 'noise', 'empty', 'missing', 'repeated', 'large', '1001', '1000'].map(at).join('::')
  await addWork(list, { redis: redis.url, queue, out, attempts: 2 })
  await Promise.all([start(queue), start(queue)].map(ended))
  await embedShards(model, list, { out: join(folder, 'spoilt-expected') })
  const manifest = JSON.parse(readFileSync(join(out, manifestFile), 'utf8')) as ManifestCounts
  const left = Object.entries(manifest.reasons).map(([reason, count]) => `${reason} ${count}`)
  const counts = `${manifest.embedded} of ${manifest.samples} samples embedded, left out: ${left.join(', ')}; ${manifest.failed.length} shard not readable`
  return ['6 shards', `${await compare(folder, out, 'spoilt-expected')} (${counts})`] as const
}

/** A separate file system, which is too small at first. */
async function fillDisk({ folder, model, redis, shards }: Bench) {
  const [disk, queue] = [join(folder, 'disk'), { redis: redis.url, queue: 'disk' }]
  mkdirSync(disk)
  const mount = (...args: readonly string[]) => spawnSync('mount', [...args, disk]).status === 0
  if (!mount('-t', 'tmpfs', '-o', 'size=64k', 'none')) return ['0', 'not run: mounting needs root'] as const
  try {
    const out = join(disk, 'out')
    await addWork(shards, { ...queue, out, attempts: 1 })
    const codes: string[] = []
    for (const size of ['64k', '128k', '64m']) {
      mount('-o', `remount,size=${size}`)
      await runWork(model, { ...queue, untilEmpty: true }).catch(({ code }: { code: string }) => codes.push(code))
    }
    const { failed } = await workStatus(queue)
    const result = await compare(folder, out)
    return [
      String(codes.length),
      `the worker ended (${codes.join(', ')}), ${failed} shards set aside; ${result}`,
    ] as const
  } finally {
    spawnSync('umount', [disk])
  }
}

interface ManifestCounts {
  readonly samples: number
  readonly embedded: number
  readonly reasons: Readonly<Record<string, number>>
  readonly failed: readonly unknown[]
}

type Status = Awaited<ReturnType<typeof workStatus>>

/** While Redis starts or its clock is wrong, it may not answer. */
async function statusOf(redis: RedisServer, queue: string): Promise<Status | undefined> {
  return workStatus({ redis: redis.url, queue }).catch(() => undefined)
}

function isDone(status: Status | undefined): boolean {
  return status !== undefined && status.waiting + status.active + status.delayed === 0
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}

async function compare(folder: string, out: string, expected = 'expected'): Promise<string> {
  return differences(folder, filesOf(out), expected)
}

function differences(folder: string, found: Readonly<Record<string, string>>, expected = 'expected'): string {
  const files = filesOf(join(folder, expected))
  const names = [...new Set([...Object.keys(files), ...Object.keys(found)])].filter(
    (name) => files[name] !== found[name],
  )
  if (names.length > 0) return `DIFFERENT in ${names.length} files: ${names.slice(0, 3).join(', ')}`
  const manifest = JSON.parse(Buffer.from(files[manifestFile]!, 'base64').toString()) as ManifestCounts
  const left = Object.values(manifest.reasons).reduce((sum, count) => sum + count, 0)
  return manifest.embedded + left === manifest.samples ? `${Object.keys(files).length} files equal` : 'COUNTS DIFFER'
}

/** All files except the leftovers of killed writers, whose names differ. */
function filesOf(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(npy|json|parquet)$/.test(name),
  )
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(out, name), 'base64')]))
}
