/** How processes of `--workers` share a machine (here a fictional one), and the share of a real process. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shareOf, withoutOptions, type Machine } from '../../src/cli/worker-processes'
import { writeShard } from '../bulk/shards'
import { run, temporaryFolder } from './command'

const machine = (made: Partial<Machine> = {}): Machine => ({ environment: {}, processors: 16, gpus: 0, ...made })
const gpus = (count: number, made: Machine) =>
  Array.from({ length: count }, (_, i) => shareOf(i, count, made).CUDA_VISIBLE_DEVICES)
const threads = (count: number, made: Machine) => Number(shareOf(0, count, made).DREAMLIP_THREADS)

describe('GPUs of processes', () => {
  it('are those with their numbers', () => expect(gpus(4, machine({ gpus: 4 }))).toEqual(['0', '1', '2', '3']))

  it('are shared if there are fewer', () => expect(gpus(5, machine({ gpus: 2 }))).toEqual(['0', '1', '0', '1', '0']))

  it('are those that CUDA_VISIBLE_DEVICES leaves: indexes, names, parts of a GPU', () => {
    const of = (CUDA_VISIBLE_DEVICES: string) => gpus(3, machine({ environment: { CUDA_VISIBLE_DEVICES }, gpus: 8 }))
    expect(of('2,5')).toEqual(['2', '5', '2'])
    expect(of('GPU-8932f937, MIG-1c2d')).toEqual(['GPU-8932f937', 'MIG-1c2d', 'GPU-8932f937'])
  })

  it('stay hidden if CUDA_VISIBLE_DEVICES hides them', () => {
    for (const hidden of ['', '-1']) {
      expect(gpus(2, machine({ environment: { CUDA_VISIBLE_DEVICES: hidden }, gpus: 2 }))).toEqual([hidden, hidden])
    }
  })

  it('have the number of the process if they cannot be counted', () => expect(gpus(2, machine())).toEqual(['0', '1']))
})

describe('threads of processes', () => {
  it('are a share of the processors, at least one', () => {
    expect([1, 4, 5, 32].map((count) => threads(count, machine()))).toEqual([16, 4, 3, 1])
  })

  it('are a share of DREAMLIP_THREADS, if that is less', () => {
    const limited = (DREAMLIP_THREADS: string) => threads(4, machine({ environment: { DREAMLIP_THREADS } }))
    expect(['8', '99', 'none', '0'].map(limited)).toEqual([2, 4, 4, 4])
  })

  it('are never more than there are, together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), (processors, count) => {
        expect(count * threads(count, machine({ processors }))).toBeLessThanOrEqual(Math.max(processors, count))
      }),
    )
  })
})

describe('the processes of --workers', () => {
  const inFolder = temporaryFolder()

  it('get their shares', { timeout: 180_000 }, async () => {
    await writeShard(inFolder('0.tar'), 0, 2)
    const seen = inFolder('seen')
    writeFileSync(inFolder('note.mjs'), `
      import { mkdirSync, writeFileSync } from 'node:fs'
      import { isMainThread } from 'node:worker_threads'
      const { CUDA_VISIBLE_DEVICES, DREAMLIP_THREADS } = process.env
      mkdirSync(${JSON.stringify(seen)}, { recursive: true })
      if (isMainThread) writeFileSync(${JSON.stringify(seen)} + '/' + process.pid, CUDA_VISIBLE_DEVICES + ' ' + DREAMLIP_THREADS)
    `) // prettier-ignore
    const env = {
      NODE_OPTIONS: `--import ${inFolder('note.mjs')}`,
      CUDA_VISIBLE_DEVICES: '3,7',
      DREAMLIP_THREADS: '2',
    }
    const args = ['embed', '--shards', inFolder('0.tar'), '--out', inFolder('out'), '--workers', '2']
    expect(await run(args, { env })).toMatchObject({ code: 0 })
    const notes = readdirSync(seen).map((name) => readFileSync(`${seen}/${name}`, 'utf8'))
    expect(notes.sort()).toEqual(['3 1', '3,7 2', '7 1'])
  })
})

describe('withoutOptions', () => {
  it('leaves out options with their values, in both forms, and flags', () => {
    const args = ['embed', '--workers', '2', '--shards', 'a.tar', '--partition=0/2', '--json']
    expect(withoutOptions(args, ['--workers', '--partition'], ['--json'])).toEqual(['embed', '--shards', 'a.tar'])
  })
})
