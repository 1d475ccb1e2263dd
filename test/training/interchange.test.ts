/** Python programs read a run's files: PyTorch resumes it, TensorBoard shows it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill, type Tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { saveSafetensors } from '../../src/checkpoint/safetensors/save-safetensors.node.ts'
import { chooseRuntime } from '../../src/runtime/device'
import { defaultAdamW, scalarInputs, type StepScalars } from '../../src/training/optimizer/adamw-scalars'
import { crc32c } from '../../src/training/log/crc32c'
import { dreamLIPLoss } from '../../src/training/step/loss'
import { Trainer } from '../../src/training/trainer'
import { firstMoment, secondMoment } from '../../src/training/optimizer/optimizer-state'
import { updateWeights } from '../../src/training/optimizer/weight-update'
import { largestDifference } from '../ops/compare'
import { pythonHas, runPython } from '../parity/python'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
let checkpoint: string
let weights: Float32Array
const losses: number[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  const model = await DreamLIP.create(tiny, { seed: 1 })
  const data = loaderOf(photos(8))
  const loss = dreamLIPLoss({ subcaptionPatch: 0 })
  const trainer = new Trainer({ model, data, loss, folder, progress: false })
  const result = await trainer.fit({ steps: 3, onStep: ({ loss }) => losses.push(loss) })
  checkpoint = result.checkpoint!
  weights = model.parameters.get('visual.proj')!.data as Float32Array
  model.dispose()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Resumes like open_clip's `--resume`, with its parameter groups. */
const resume = `
import json, sys, torch
sys.path.insert(0, 'test/parity')
from open_clip_import import open_clip
path, config = sys.argv[1], json.loads(sys.argv[2])
checkpoint = torch.load(path, map_location='cpu', weights_only=True)
model = open_clip.model.CLIP(**config)
model.load_state_dict(checkpoint['state_dict'])
excluded = lambda n, p: p.ndim < 2 or 'bn' in n or 'ln' in n or 'bias' in n or 'logit_scale' in n
named = list(model.named_parameters())
groups = [{'params': [p for n, p in named if excluded(n, p)], 'weight_decay': 0.0},
          {'params': [p for n, p in named if not excluded(n, p)], 'weight_decay': 0.2}]
optimizer = torch.optim.AdamW(groups, lr=5e-4, betas=(0.9, 0.98), eps=1e-6)
optimizer.load_state_dict(checkpoint['optimizer'])
flat = lambda tensor: tensor.detach().flatten().tolist()
chosen = {n: p for n, p in named if n in ('visual.proj', 'ln_final.weight')}
before = {n: {'value': flat(p), 'shape': list(p.shape), 'first': flat(optimizer.state[p]['exp_avg']),
              'second': flat(optimizer.state[p]['exp_avg_sq'])} for n, p in chosen.items()}
for p in model.parameters():
    p.grad = torch.full_like(p, 0.01)
optimizer.step()
print(json.dumps({'epoch': checkpoint['epoch'], 'step': optimizer.state[model.visual.proj]['step'].item(),
                  'lr': optimizer.param_groups[1]['lr'], 'before': before, 'after': {n: flat(p) for n, p in chosen.items()}}))`

interface Resumed {
  readonly epoch: number
  readonly step: number
  readonly lr: number
  readonly before: Record<string, Record<'value' | 'first' | 'second' | 'shape', number[]>>
  readonly after: Record<string, number[]>
}

/** Our own update of the values that PyTorch read, with the same gradient. */
async function ourStep({ before, lr, step }: Resumed): Promise<Record<string, number[]>> {
  const runtime = await chooseRuntime({ device: 'cpu', runtime: 'compiled' })
  const parameters = runtime.createParameters()
  for (const [name, { shape, ...arrays }] of Object.entries(before)) {
    const names = { value: name, first: firstMoment(name), second: secondMoment(name) }
    for (const key of ['value', 'first', 'second'] as const) {
      parameters.set(names[key], { data: Float32Array.from(arrays[key]), shape: shape! })
    }
  }
  const program = runtime.prepareUpdate(
    (scalars: StepScalars<Tensor>, held) => {
      const gradients = new Map(Object.keys(before).map((name) => [name, fill(held.get(name)!.shape, 0.01)]))
      const plan = { adamW: defaultAdamW, clipNorm: null, emaDecay: null }
      const { norm, updates } = updateWeights(plan, held, gradients, scalars)
      return { outputs: { norm }, updates }
    },
    [parameters],
  )
  await program.run(scalarInputs(lr, step, defaultAdamW))
  return Object.fromEntries(Object.keys(before).map((name) => [name, [...parameters.read(name)]]))
}

/** Whether two checkpoints store the optimizer's state in the same parameter order: that of PyTorch's model. */
const compareStates = `
import json, sys, torch
sys.path.insert(0, 'test/parity')
from open_clip_import import open_clip
[a, b] = [torch.load(path, weights_only=True) for path in sys.argv[1:3]]
names = list(open_clip.model.CLIP(**json.loads(sys.argv[3])).state_dict())
states = [[(s['exp_avg'], s['exp_avg_sq']) for s in c['optimizer']['state'].values()] for c in (a, b)]
equal = lambda p, q: p.shape == q.shape and bool(torch.allclose(p, q, rtol=1e-3, atol=1e-7)) and p.abs().sum() > 0
print(json.dumps({'order': list(a['state_dict']) == names == list(b['state_dict']), 'parameters': len(states[0]),
                  'unequal': sum(not (equal(p[0], q[0]) and equal(p[1], q[1])) for p, q in zip(*states, strict=True))}))`

/** @returns the checkpoint after one step */
async function oneStep(model: DreamLIP, into: string): Promise<string> {
  const loss = dreamLIPLoss({ subcaptionPatch: 0 })
  const { checkpoint } = await new Trainer({ model, data: loaderOf(photos(8)), loss, folder: into }).fit({ steps: 1 })
  model.dispose()
  return checkpoint!
}

describe.runIf(pythonHas('torch'))('PyTorch', () => {
  it('finds each parameter’s state, also if the model was loaded from a file in another order', async () => {
    const sorted = join(folder, 'sorted.safetensors')
    const model = await DreamLIP.create(tiny, { seed: 1 })
    const tensors = [...model.parameters].sort(([a], [b]) => (a < b ? 1 : -1))
    await saveSafetensors(
      sorted,
      new Map(tensors.map(([name, { data, shape }]) => [name, { data, shape, dtype: 'float32' }])),
    )
    model.dispose()
    const models = [() => DreamLIP.create(tiny, { seed: 1 }), () => DreamLIP.load(sorted, { config: tiny })]
    const saved = await Promise.all(models.map(async (open, i) => oneStep(await open(), join(folder, `order-${i}`))))
    const said = JSON.parse(runPython(compareStates, [...saved, JSON.stringify(tiny)])) as object
    expect(said).toEqual({ order: true, parameters: 62, unequal: 0 })
  })

  it('resumes from a checkpoint as the reference does, and takes the same step as we do', async () => {
    const said = JSON.parse(runPython(resume, [checkpoint, JSON.stringify(tiny)])) as Resumed
    expect(said).toMatchObject({ epoch: 1, step: 4 })
    expect(Float32Array.from(said.before['visual.proj']!.value)).toEqual(weights)
    expect(said.before['visual.proj']!.first.every((value) => value === 0)).toBe(false)
    const ours = await ourStep(said)
    for (const [name, after] of Object.entries(said.after)) {
      const moved = largestDifference(after, said.before[name]!.value)
      expect(moved).toBeGreaterThan(0)
      // Near 1, float32 values are 6e-8 apart.
      expect(largestDifference(ours[name]!, after)).toBeLessThan(1e-7 + 1e-4 * moved)
    }
  })
})

const readEvents = `
import glob, json, sys
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
[path] = glob.glob(sys.argv[1] + '/events.out.tfevents.*')
events = list(EventFileLoader(path).Load())
print(json.dumps([[e.step, {v.tag: v.tensor.float_val[0] if v.HasField('tensor') else v.simple_value for v in e.summary.value}]
                  for e in events if e.HasField('summary')]))`

describe.runIf(pythonHas('tensorboard'))('TensorBoard', () => {
  it('reads the event file', () => {
    const events = JSON.parse(runPython(readEvents, [folder])) as [number, Record<string, number>][]
    expect(events.map(([step]) => step)).toEqual([1, 2, 3])
    events.forEach(([, values], i) => expect(values['loss']).toBeCloseTo(losses[i]!, 6))
    expect(Object.keys(events[0]![1])).toContain('loss/multiPositive')
  })
})

describe('event files', () => {
  it('are checked by CRC-32C', () => {
    // RFC 3720, B.4: 32 bytes of zeros; the ASCII digits 1 to 9.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
    expect(readdirSync(folder).filter((name) => name.startsWith('events.'))).toHaveLength(1)
  })
})
