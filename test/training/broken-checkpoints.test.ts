/** Checkpoints that are incomplete, foreign or malicious: a run resumes from an older one, or reports why it cannot. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crc32 } from '../../src/crc32.node.ts'
import { DreamLIP } from '../../src/index'
import { stateOf } from '../../src/inference/model-state'
import { restoreRun } from '../../src/training/checkpoint/restore'
import { startRun, type Run } from '../../src/training/run/run'
import { planTrainer } from '../../src/training/trainer-options'
import { Trainer, type FitResult, type TrainerOptions } from '../../src/training/trainer'
import { global, program, pickle, torchFile, tuple, unicode } from '../checkpoint/torch/builders/pickle'
import { child, rewrite, valuesOf, type Node } from './rewrite'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
let good: string
let whole: Buffer
const newest = 'step-00000004.pt'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  good = join(folder, 'good')
  await fit(good, 4, { saveEvery: 2 })
  const unbroken = join(folder, 'unbroken')
  cpSync(good, unbroken, { recursive: true })
  whole = readFileSync((await fit(unbroken, 6)).result.checkpoint!)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const optimizer = { emaDecay: 0.5 }
const create = () => DreamLIP.create(tiny, { seed: 1, device: 'cpu' })

async function fit(into: string, steps: number, more: Partial<TrainerOptions> = {}) {
  const model = await create()
  const warnings: string[] = []
  const resume = readdirSync(join(into, '..')).includes(into.split(/[/\\]/).at(-1)!)
  try {
    const data = loaderOf(photos(8))
    // Runs of all lengths have the same schedule.
    const schedule = { kind: 'constant', warmup: 0 } as const
    const trainer = new Trainer({ model, data, schedule, optimizer, folder: into, progress: false, ...more })
    const onWarning = (message: string) => warnings.push(message)
    return { result: (await trainer.fit({ steps, resume, onWarning })) as FitResult, warnings }
  } finally {
    model.dispose()
  }
}

/** A copy of the good run whose newest checkpoint is changed. */
async function damaged(name: string, damage: (path: string) => void | Promise<void>): Promise<string> {
  const into = join(folder, name.replace(/\W/g, '-'))
  mkdirSync(into)
  for (const file of readdirSync(good)) copyFileSync(join(good, file), join(into, file))
  await damage(join(into, newest))
  return into
}

const changeRun = (change: (run: Record<string, unknown>) => unknown) => (root: Node) => {
  root.set('run', JSON.stringify(change(JSON.parse(root.get('run') as string) as Record<string, unknown>)))
}
const setRun = (entries: object) => changeRun((run) => ({ ...run, ...entries }))

const systemCall = program(global('os', 'system'), tuple(unicode('touch /tmp/harmed')), 'R')

const damages: [string, (path: string) => void | Promise<void>, RegExp][] = [
  ['is empty', (path) => truncateSync(path, 0), /step-00000004\.pt/],
  ['is cut in half', (path) => truncateSync(path, readFileSync(path).length / 2), /step-00000004\.pt/],
  ['is text', (path) => writeFileSync(path, 'no checkpoint'), /step-00000004\.pt/],
  [
    'has a byte changed among its values',
    (path) => {
      const bytes = readFileSync(path)
      bytes[bytes.length >> 1]! ^= 0xff
      writeFileSync(path, bytes)
    },
    /damaged/,
  ],
  ['calls a function', (path) => writeFileSync(path, torchFile(systemCall)), /os\.system|os system/],
  ['holds a list', (path) => writeFileSync(path, torchFile(program(pickle(']')))), /does not say how far/],
  ['is a model', async (path) => saveModel(path), /does not say how far/],
  [
    'lacks a weight',
    (path) => rewrite(path, (root) => child(root, 'state_dict').delete('visual.proj')),
    /'visual\.proj'/,
  ],
  [
    'has a weight of another shape',
    (path) =>
      rewrite(path, (root) => {
        child(root, 'state_dict').set('visual.proj', { shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) })
      }),
    /expected 'visual\.proj' of shape \[16, 8\]; got \[2\]/,
  ],
  [
    'lacks moments',
    (path) => rewrite(path, (root) => child(root, 'optimizer', 'state').delete(3)),
    /expected 'exp_avg\./,
  ],
  ['lacks averages', (path) => rewrite(path, (root) => root.delete('ema')), /expected 'ema\./],
  [
    'has moments that are not a map',
    (path) => rewrite(path, (root) => root.set('optimizer', [1, 2])),
    /expected 'exp_avg\./,
  ],
  [
    'has a weight that is NaN',
    (path) => rewrite(path, (root) => valuesOf(root, 'state_dict', 'visual.proj').fill(NaN, 3)),
    /'visual\.proj' contains NaN at 3/,
  ],
  [
    'has a moment that is infinite',
    (path) => rewrite(path, (root) => valuesOf(root, 'optimizer', 'state', 0, 'exp_avg').fill(-Infinity)),
    /'exp_avg\..*' contains -Infinity/,
  ],
  [
    'has a square below 0',
    (path) => rewrite(path, (root) => valuesOf(root, 'optimizer', 'state', 0, 'exp_avg_sq').fill(-1)),
    /'exp_avg_sq\..*' contains -1/,
  ],
  [
    'has a run that is not JSON',
    (path) => rewrite(path, (root) => root.set('run', '{"step":')),
    /expected JSON about its run/,
  ],
  ['has a run that is a number', (path) => rewrite(path, (root) => root.set('run', 7)), /does not say how far/],
  [
    'has a run that is a list',
    (path) =>
      rewrite(
        path,
        changeRun(() => [1]),
      ),
    /expected JSON about its run/,
  ],
  ['is of a negative step', (path) => rewrite(path, setRun({ step: -4 })), /'step'.*got -4/],
  ['is of a step beyond 2^53', (path) => rewrite(path, setRun({ step: 2 ** 60 })), /'step'.*got 1152921504606847000/],
  ['is of half a step', (path) => rewrite(path, setRun({ step: 3.5 })), /'step'.*got 3\.5/],
  [
    'is of another step than its name says',
    (path) => rewrite(path, setRun({ step: 3, updates: 3 })),
    /at step 3, .*says 4/,
  ],
  [
    'has more updates than steps',
    (path) => rewrite(path, setRun({ updates: 5 })),
    /5 updates of the weights in 4 steps/,
  ],
  ['has no position in the data', (path) => rewrite(path, setRun({ position: null })), /'epoch'.*got nothing/],
  [
    'has a position that is not a number',
    (path) => rewrite(path, setRun({ position: { epoch: 0, sample: 'x' } })),
    /'sample'/,
  ],
  [
    'has its numbers in a prototype',
    (path) => rewrite(path, (root) => root.set('run', '{"__proto__":{"step":4,"updates":4},"constructor":1}')),
    /'step'.*got nothing/,
  ],
  [
    'does not say what was trained',
    (path) => rewrite(path, setRun({ trained: 'all' })),
    /does not say what it was trained on/,
  ],
]

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)

async function saveModel(path: string): Promise<void> {
  const model = await create()
  await model.save(path)
  model.dispose()
}

describe('a checkpoint', () => {
  let model: DreamLIP
  let run: Run
  beforeAll(async () => {
    model = await create()
    const plan = planTrainer({ model, data: loaderOf(photos(8)), optimizer })
    await import('../../src/runtime/gradients')
    run = await startRun(plan, stateOf(model))
  })
  afterAll(() => model.dispose())

  it.each(damages)('that %s is CHECKPOINT_INVALID, and no tensor is changed', async (name, damage, message) => {
    const into = await damaged(name, damage)
    const { weights, state } = run.tensors
    const all = () => [weights, state].map((set) => set.names.reduce((crc, of) => crc32(bytesOf(set.read(of)), crc), 0))
    const before = all()
    const restoring = restoreRun(join(into, newest), run.tensors, run.identity, true, 4)
    await expect(restoring).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringMatching(message) as string,
    })
    expect(all()).toEqual(before)
  })
})

describe('a run with a damaged newest checkpoint', () => {
  it.each(damages.filter(([name]) => /half|is a model|NaN|beyond/.test(name)))(
    'resumes from the previous one if it %s, warns, and keeps the file',
    async (name, damage, message) => {
      const into = await damaged(`resumed ${name}`, damage)
      const broken = readFileSync(join(into, newest))
      const { result, warnings } = await fit(into, 6)
      expect(warnings).toEqual([
        expect.stringMatching(/kept as step-00000004\.pt\.corrupt; .* from step-00000002\.pt: /),
      ])
      expect(warnings[0]).toMatch(message)
      expect(result).toMatchObject({ step: 6, stepsTaken: 4 })
      expect(readFileSync(result.checkpoint!).equals(whole)).toBe(true)
      expect(readFileSync(join(into, `${newest}.corrupt`)).equals(broken)).toBe(true)
      const lines = readFileSync(join(into, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
      expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3, 4, 5, 6])
    },
  )

  it('fails if no checkpoint is usable, and does not move the files', async () => {
    const into = await damaged('all', (path) => truncateSync(path, 100))
    truncateSync(join(into, 'step-00000002.pt'), 0)
    const files = readdirSync(into)
    await expect(fit(into, 6)).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringMatching(/none of 2 checkpoints can be used: .*step-00000004.*step-00000002/s) as string,
    })
    expect(readdirSync(into)).toEqual(files)
  })
})
