import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { embedShards } from '../../../src/bulk/embed-shards.node.ts'
import { addWork } from '../../../src/bulk/queue/add-work.node.ts'
import { connectionOf, withQueue } from '../../../src/bulk/queue/connection.node.ts'
import { retryWork } from '../../../src/bulk/queue/retry-work.node.ts'
import { runWork } from '../../../src/bulk/queue/run-work.node.ts'
import { workMetrics, workStatus } from '../../../src/bulk/queue/work-status.node.ts'
import { DreamLIP } from '../../../src/index'
import { createRandom } from '../../../src/random'
import { picture, tinyModel, writeShard } from '../shards'
import { hasRedis, sendToRedis, startRedis, type RedisServer } from './redis'

const count = 12
let [folder, model, server, shards] = [] as unknown as [string, DreamLIP, RedisServer, string]
const started: ChildProcess[] = []

describe.skipIf(!hasRedis)('a queue of shards', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dreamlip-queue-'))
    model = await DreamLIP.create(tinyModel, { seed: 1 })
    await model.save(join(folder, 'model.safetensors'))
    await mkdir(join(folder, 'shards'))
    await mkdir(join(folder, 'redis'))
    await Promise.all(
      Array.from({ length: count }, (_, i) => writeShard(join(folder, `shards/${i + 10}.tar`), 4 * i, 4, [9])),
    )
    server = await startRedis(join(folder, 'redis'))
    shards = join(folder, 'shards/{10..21}.tar')
    await embedShards(model, shards, { out: join(folder, 'expected') })
  })
  afterEach(() => started.splice(0).forEach((process) => process.kill('SIGKILL')))
  afterAll(async () => {
    server.stop()
    model.dispose()
    await rm(folder, { recursive: true, force: true })
  })
  const queueOf = (queue: string) => ({ redis: server.url, queue })

  it('adds each shard once, embeds all, and says how far it is', async () => {
    const [queue, out] = [queueOf('once'), join(folder, 'once')]
    expect(await addWork(shards, { ...queue, out })).toEqual({ shards: count, added: count })
    expect(await addWork(shards, { ...queue, out })).toEqual({ shards: count, added: 0 })
    expect(await workStatus(queue)).toMatchObject({ waiting: count, completed: 0 })
    expect(await runWork(model, { ...queue, untilEmpty: true })).toEqual({ shards: count, samples: 48, failed: 0 })
    const status = await workStatus(queue)
    expect(status).toMatchObject({ waiting: 0, completed: count, samples: 48, embedded: 47, reasons: { image: 1 } })
    expect(status).toMatchObject({ secondsLeft: 0, setAside: [] })
    expect(await workMetrics(queue)).toMatch(/dreamlip_samples_total\{outcome="embedded"\} 47/)
    expect(await filesOf('once')).toEqual(await filesOf('expected'))
  })

  it('reads the samples as it was told when they were added', async () => {
    const [queue, out] = [queueOf('columns'), join(folder, 'columns')]
    await writeFile(join(folder, 'photo.png'), await picture(1))
    await writeFile(join(folder, 'list.csv'), 'first,second\nA text.,photo.png\n')
    const records = { columns: { image: 'second', raw: 'first' } }
    await addWork(join(folder, 'list.csv'), { ...queue, out, records })
    expect(await runWork(model, { ...queue, untilEmpty: true })).toEqual({ shards: 1, samples: 1, failed: 0 })
    expect(await workStatus(queue)).toMatchObject({ embedded: 1, reasons: {} })
  })

  it('sets a poisoned shard aside with the reason, after its tries, and embeds the others', async () => {
    const queue = queueOf('poison')
    await addWork(`${folder}/shards/{10,missing,11}.tar`, { ...queue, out: join(folder, 'poison'), attempts: 2 })
    await runWork(model, { ...queue, untilEmpty: true })
    const { setAside, completed, failed } = await workStatus(queue)
    expect([completed, failed]).toEqual([2, 1])
    expect(setAside).toEqual([
      { shard: `${folder}/shards/missing.tar`, reason: expect.stringContaining('missing.tar'), attempts: 2 },
    ])
  })

  it('tries shards that were set aside again when it is told to, as often as at first', async () => {
    const [queue, path] = [queueOf('again'), join(folder, 'late.tar')]
    await addWork(join(folder, 'late{,r}.tar'), { ...queue, out: join(folder, 'again'), attempts: 2 })
    expect(await runWork(model, { ...queue, untilEmpty: true })).toMatchObject({ shards: 0, failed: 4 })
    await writeShard(path, 0, 3)
    expect(await retryWork(queue)).toEqual({ shards: 2 })
    expect(await workStatus(queue)).toMatchObject({ waiting: 2, setAside: [] })
    expect(await runWork(model, { ...queue, untilEmpty: true })).toEqual({ shards: 1, samples: 3, failed: 2 })
    expect(await workStatus(queue)).toMatchObject({ completed: 1, failed: 1 })
    expect(await retryWork(queueOf('none'))).toEqual({ shards: 0 })
  })

  it('sets a shard aside whose workers died too often, and forgets the deaths when it is tried again', async () => {
    const queue = queueOf('deaths')
    await addWork(join(folder, 'shards/10.tar'), { ...queue, out: join(folder, 'deaths') })
    await withQueue(connectionOf(queue), async (jobs) => {
      const [job] = await jobs.getJobs('waiting')
      await job!.updateData({ ...job!.data, crashes: 21 })
    })
    await runWork(model, { ...queue, untilEmpty: true })
    expect((await workStatus(queue)).setAside).toEqual([expect.objectContaining({ reason: expect.stringContaining('died 21 times') })]) // prettier-ignore
    expect(await retryWork(queue)).toEqual({ shards: 1 })
    expect(await runWork(model, { ...queue, untilEmpty: true })).toMatchObject({ shards: 1, failed: 0 })
  })

  it('says that an unknown queue is empty', async () => {
    expect(await workStatus(queueOf('unknown'))).toMatchObject({
      waiting: 0,
      active: 0,
      completed: 0,
      failed: 0,
      setAside: [],
    })
  })

  it('gives a shard back when the worker is stopped, without counting a try', async () => {
    const [queue, stop] = [queueOf('stopped'), new AbortController()]
    await addWork(shards, { ...queue, out: join(folder, 'stopped'), attempts: 1 })
    const first = await runWork(model, { ...queue, signal: stop.signal, onShard: () => stop.abort() })
    expect(first.shards).toBeLessThan(count)
    await runWork(model, { ...queue, untilEmpty: true })
    expect(await workStatus(queue)).toMatchObject({ completed: count, failed: 0, waiting: 0, delayed: 0, active: 0 })
    expect(await filesOf('stopped')).toEqual(await filesOf('expected'))
  })

  it('ends a worker that cannot write, and leaves its shards to others', async () => {
    const queue = queueOf('full')
    await writeFile(join(folder, 'full'), 'a file, not a folder')
    await addWork(shards, { ...queue, out: join(folder, 'full'), attempts: 1 })
    await expect(runWork(model, { ...queue, untilEmpty: true })).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect(await workStatus(queue)).toMatchObject({ failed: 0 })
  })

  it('survives workers that are killed and a Redis that is restarted: the output is that of an unbroken run', async () => {
    const [queue, random] = [queueOf('killed'), createRandom(5)]
    await addWork(shards, { ...queue, out: join(folder, 'killed') })
    for (let kills = 0; kills < 6; kills++) {
      const worker = startWorker(queue.queue)
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, 800 + 900 * random.uniform())),
        new Promise((resolve) => worker.once('exit', resolve)),
      ])
      worker.kill('SIGKILL')
      if (kills === 2) await server.restart()
    }
    await runWork(model, { ...queue, untilEmpty: true, lockSeconds: 2 })
    expect(await workStatus(queue)).toMatchObject({ completed: count, failed: 0, samples: 48 })
    expect(await filesOf('killed')).toEqual(await filesOf('expected'))
  })

  it('refuses other shards for the same output, and other settings; adds what is new in a longer list', async () => {
    const [queue, out] = [queueOf('mixed'), join(folder, 'mixed')]
    await addWork(join(folder, 'shards/{10..12}.tar'), { ...queue, out })
    const refused = { code: 'OUTPUT_MISMATCH' }
    await expect(addWork(join(folder, 'shards/{12..13}.tar'), { ...queue, out })).rejects.toMatchObject(refused)
    await expect(addWork(shards, { ...queue, out, dtype: 'float32' })).rejects.toMatchObject(refused)
    expect(await addWork(join(folder, 'shards/{10..13}.tar'), { ...queue, out })).toEqual({ shards: 4, added: 1 })
    await addWork(join(folder, 'shards/10.tar'), { ...queue, out: join(folder, 'mixed-too'), dtype: 'float32' })
    expect(await runWork(model, { ...queue, untilEmpty: true })).toMatchObject({ shards: 5 })
    for (const [name, count] of [
      ['mixed', 4],
      ['mixed-too', 1],
    ] as const)
      // prettier-ignore
      expect(JSON.parse(await readFile(join(folder, name, 'manifest.json'), 'utf8'))).toMatchObject({ shards: count })
  })

  it('ends a worker with another model than the first one, whatever shard it takes', async () => {
    const [queue, out, stop] = [queueOf('models'), join(folder, 'models'), new AbortController()]
    await addWork(shards, { ...queue, out, attempts: 1 })
    await runWork(model, { ...queue, signal: stop.signal, onShard: () => stop.abort() })
    using other = await DreamLIP.create(tinyModel, { seed: 2 })
    await expect(runWork(other, queue)).rejects.toMatchObject({ code: 'OUTPUT_MISMATCH' })
    await runWork(model, { ...queue, untilEmpty: true })
    expect(await filesOf('models')).toEqual(await filesOf('expected'))
  })

  it('tries a shard again after its pause, and takes a lost one over, whatever the clocks of the workers say', async () => {
    const [queue, list] = [queueOf('clocks'), `${folder}/shards/{10,late,11}.tar`]
    await addWork(list, { ...queue, out: join(folder, 'clocks'), attempts: 2 })
    // A worker whose clock is a day ahead fails at a shard and is killed; one that is a day behind does the rest.
    const ahead = startWorker(queue.queue, { CLOCK_SHIFT_MS: String(86_400_000) })
    while ((await workStatus(queue)).delayed === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    ahead.kill('SIGKILL')
    await writeShard(join(folder, 'shards/late.tar'), 90, 4)
    const behind = startWorker(queue.queue, { CLOCK_SHIFT_MS: String(-86_400_000) })
    await new Promise((resolve) => behind.once('exit', resolve))
    expect(await workStatus(queue)).toMatchObject({ completed: 3, failed: 0, delayed: 0, samples: 12 })
    await embedShards(model, list, { out: join(folder, 'clocks-expected') })
    expect(await filesOf('clocks')).toEqual(await filesOf('clocks-expected'))
  })

  it('waits for a Redis that has no memory left, without counting a try', async () => {
    const [queue, problems] = [queueOf('memory'), [] as string[]]
    await addWork(shards, { ...queue, out: join(folder, 'memory'), attempts: 1 })
    const command = (...words: string[]) => sendToRedis(server.url, words)
    const onProblem = (message: string) => {
      if (!/OOM/.test(message)) return
      problems.push(message)
      void command('CONFIG', 'SET', 'maxmemory', '0')
    }
    let done = 0
    const onShard = () => void (++done === 3 && command('CONFIG', 'SET', 'maxmemory', '1'))
    await runWork(model, { ...queue, untilEmpty: true, lockSeconds: 2, onShard, onProblem })
    expect(problems).not.toEqual([])
    expect(await workStatus(queue)).toMatchObject({ completed: count, failed: 0, samples: 48 })
    expect(await filesOf('memory')).toEqual(await filesOf('expected'))
  })

  it('stops while Redis is away', async () => {
    const [queue, stop] = [queueOf('away'), new AbortController()]
    await mkdir(join(folder, 'away'))
    const away = await startRedis(join(folder, 'away'))
    await addWork(shards, { ...queue, redis: away.url, out: join(folder, 'away-out') })
    const onShard = () => {
      away.stop()
      stop.abort()
    }
    await runWork(model, { ...queue, redis: away.url, onShard, signal: stop.signal })
  })

  it('says that Redis is not there, or has no memory left', async () => {
    await expect(workStatus({ redis: 'redis://127.0.0.1:9' })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await mkdir(join(folder, 'small'))
    const small = await startRedis(join(folder, 'small'), '--maxmemory', '1mb', '--maxmemory-policy', 'noeviction')
    try {
      const adding = addWork(shards, { redis: small.url, out: 'x' })
      await expect(adding).rejects.toMatchObject({
        code: 'SOURCE_UNREADABLE',
        message: expect.stringContaining('maxmemory') as string,
      })
    } finally {
      small.stop()
    }
  })

  function startWorker(queue: string, environment: Record<string, string> = {}): ChildProcess {
    const args = [join(folder, 'model.safetensors'), server.url, queue]
    const worker = spawn(process.execPath, ['--import', 'tsx', 'test/bulk/queue/worker.ts', ...args], {
      stdio: 'ignore',
      env: { ...process.env, ...environment },
    })
    started.push(worker)
    return worker
  }

  async function filesOf(out: string): Promise<Record<string, string>> {
    const names = (await readdir(join(folder, out), { recursive: true })).filter((name) =>
      /\.(npy|json|parquet)$/.test(name),
    )
    return Object.fromEntries(
      await Promise.all(
        names.sort().map(async (name) => [name, await readFile(join(folder, out, name), 'base64')] as const),
      ),
    )
  }
})
