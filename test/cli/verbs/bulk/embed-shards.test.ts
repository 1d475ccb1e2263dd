/** `dreamlip embed --shards` and `dreamlip work`, run as processes. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeShard } from '../../../bulk/shards'
import { hasRedis, startRedis, type RedisServer } from '../../../bulk/queue/redis'
import { run, runJson, start, temporaryFolder } from '../../command'

const inFolder = temporaryFolder()
const shards = inFolder('{0..3}.tar')
beforeAll(() => Promise.all([0, 1, 2, 3].map((i) => writeShard(inFolder(`${i}.tar`), 6 * i, 6, [8]))))

function filesOf(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(out, name), 'base64')]))
}

describe('dreamlip embed --shards', () => {
  it('gives the same files in one process, in parts, and in several processes of which one is killed', async () => {
    const [one, parts, several] = [inFolder('one'), inFolder('parts'), inFolder('several')]
    const { document } = await runJson(['embed', '--shards', shards, '--out', one])
    expect(document).toMatchObject({ shards: 4, samples: 24, embedded: 23, reasons: { image: 1 }, failed: [] })
    for (const part of ['1/2', '0/2']) await run(['embed', '--shards', shards, '--partition', part, '--out', parts])
    expect(filesOf(parts)).toEqual(filesOf(one))

    const child = start(['embed', '--shards', shards, '--out', several, '--workers=2', '--json'])
    let output = ''
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const ended = new Promise((resolve) => child.once('close', resolve))
    const worker = await firstChildOf(child.pid!)
    process.kill(worker, 'SIGKILL')
    expect(await ended).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ shards: 4, samples: 24, embedded: 23 })
    expect(filesOf(several)).toEqual(filesOf(one))
  })

  it('names shards that cannot be read, and its exit code is 1', async () => {
    const { code, stderr } = await run(['embed', '--shards', inFolder('{0,9}.tar'), '--out', inFolder('missing')])
    expect([code, stderr]).toEqual([1, expect.stringContaining('9.tar: SOURCE_UNREADABLE')])
  })

  it('refuses a part that does not exist', async () => {
    const { code, stderr } = await run(['embed', '--shards', shards, '--out', inFolder('x'), '--partition', '2/2'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected i/N with i from 0 to N - 1')])
  })
})

describe.skipIf(!hasRedis)('dreamlip work', () => {
  let server: RedisServer
  beforeAll(async () => {
    mkdirSync(inFolder('redis'))
    server = await startRedis(inFolder('redis'))
  })
  afterAll(() => server.stop())

  it('adds shards, embeds them in two processes, and shows how far it is', async () => {
    const redis = ['--redis', server.url]
    const added = await run(['work', 'add', shards, '--out', inFolder('queued'), ...redis])
    expect(added).toMatchObject({ code: 0, stdout: '4 shards added\n' })
    const { document } = await runJson(['work', 'run', '--until-empty', '--workers', '2', ...redis])
    expect(document).toEqual({ shards: 4, samples: 24, failed: 0 })
    const { stdout } = await run(['work', 'status', ...redis])
    expect(stdout).toContain('4 of 4 shards\nwaiting 0, at work 0, to be tried again 0, set aside 0\n23 of 24 samples')
    expect((await run(['work', 'status', '--prometheus', ...redis])).stdout).toContain('outcome="embedded"} 23')
  })
})

/** Waits until a process has started another one. */
async function firstChildOf(parent: number): Promise<number> {
  for (;;) {
    const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    const rows = list.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)) // prettier-ignore
    const found = rows.find(([, ppid]) => ppid === parent)
    if (found) return found[0]!
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
