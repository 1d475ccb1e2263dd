/** Training that switches programs: from open_clip's trainer to a run and back, with the optimizer's state. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { savePyTorch } from '../../src/checkpoint/torch/save-pytorch.node.ts'
import { DreamLIP } from '../../src/index'
import { convertTrainingCheckpoint } from '../../src/training/checkpoint/convert-training-checkpoint.node.ts'
import { dreamLIPLoss } from '../../src/training/step/loss'
import { Trainer, type FitOptions, type TrainerOptions } from '../../src/training/trainer'
import { pythonHas, runPython } from '../parity/python'
import { child, readContents, rewrite, valuesOf, type Node } from './rewrite'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
let ours: string
const learningRate = 1e-3
const into = (name: string) => join(folder, name.replace(/\W+/g, '-'))

/** Two batches of four images with one caption each, and a loss that then equals CLIP's. */
const data = () => loaderOf(photos(8), { texts: { count: 0 } })
const settings = {
  loss: dreamLIPLoss({ subcaptionPatch: 0 }),
  schedule: { kind: 'constant', learningRate, warmup: 0 },
} as const

async function fit(options: FitOptions, more: Partial<TrainerOptions> = {}) {
  const model = await DreamLIP.create(tiny, { seed: 2, device: 'cpu' })
  try {
    return await new Trainer({ model, data: data(), ...settings, ...more }).fit(options)
  } finally {
    model.dispose()
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  ours = (await fit({ epochs: 2 }, { folder: into('ours') })).checkpoint!
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The model and the optimizer of open_clip's trainer. */
const trainer = `
import json, math, sys, torch
import torch.nn.functional as F
sys.path.insert(0, 'test/parity')
from open_clip_import import open_clip

def create(config):
    model = open_clip.model.CLIP(**config)
    excluded = lambda n, p: p.ndim < 2 or 'bn' in n or 'ln' in n or 'bias' in n or 'logit_scale' in n
    named = list(model.named_parameters())
    groups = [{'params': [p for n, p in named if excluded(n, p)], 'weight_decay': 0.0},
              {'params': [p for n, p in named if not excluded(n, p)], 'weight_decay': 0.2}]
    return model, torch.optim.AdamW(groups, lr=5e-4, betas=(0.9, 0.98), eps=1e-6)

def step(model, optimizer, pixels, ids, lr):
    for group in optimizer.param_groups:
        group['lr'] = lr
    optimizer.zero_grad()
    image, text, scale = model(pixels, ids)
    logits = scale * image @ text.T
    labels = torch.arange(len(logits))
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(100))
    return loss.item()

def save(path, epoch, model, optimizer):
    weights = {'module.' + n: p for n, p in model.state_dict().items()}
    torch.save({'epoch': epoch, 'name': 'theirs', 'state_dict': weights, 'optimizer': optimizer.state_dict()}, path)

def load(path, config):
    checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    model, optimizer = create(config)
    model.load_state_dict({n.removeprefix('module.'): p for n, p in checkpoint['state_dict'].items()})
    optimizer.load_state_dict(checkpoint['optimizer'])
    return model, optimizer
`

const begin = `${trainer}
path, config = sys.argv[1], json.loads(sys.argv[2])
torch.manual_seed(0)
model, optimizer = create(config)
for i in range(3):
    ids = torch.randint(1, 49000, (4, 77))
    ids[:, 20] = 49407
    step(model, optimizer, torch.randn(4, 3, 16, 16), ids, 5e-4)
save(path, 1, model, optimizer)`

/** Takes the step from one checkpoint to the next, and compares the results. */
const compare = `${trainer}
config, lr, told = json.loads(sys.argv[1]), float(sys.argv[2]), []
for before, after, batch in zip(sys.argv[3::3], sys.argv[4::3], sys.argv[5::3]):
    batch = json.load(open(batch))
    model, optimizer = load(before, config)
    start = {n: p.detach().clone() for n, p in model.named_parameters()}
    loss = step(model, optimizer, torch.tensor(batch['pixels']).reshape(batch['shape']), torch.tensor(batch['ids']), lr)
    other, others = load(after, config)
    told.append({'loss': loss, 'moved': 0, 'weights': 0, 'first': 0, 'second': 0, 'steps': []})
    for (n, p), (_, q) in zip(model.named_parameters(), other.named_parameters()):
        a, b = optimizer.state[p], others.state[q]
        worse = lambda key, x, y: told[-1].update({key: max(told[-1][key], (x - y).abs().max().item())})
        worse('moved', p.detach(), start[n]), worse('weights', p.detach(), q.detach())
        worse('first', a['exp_avg'], b['exp_avg']), worse('second', a['exp_avg_sq'], b['exp_avg_sq'])
        told[-1]['steps'] = sorted({*told[-1]['steps'], a['step'].item(), b['step'].item()})
print(json.dumps(told))`

interface Compared {
  readonly loss: number
  readonly moved: number
  readonly weights: number
  readonly first: number
  readonly second: number
  readonly steps: readonly number[]
}

/** Writes the first batches of an epoch, for PyTorch. */
async function writeBatches(epoch: number): Promise<string[]> {
  const paths: string[] = []
  for await (const { images, captions } of data().batches({ epoch, sample: 0 })) {
    const rows = captions.map(([ids]) => Array.from({ length: 77 }, (_, i) => (ids as number[])[i] ?? 0))
    paths.push(into(`batch-${paths.length}.json`))
    writeFileSync(paths.at(-1)!, JSON.stringify({ pixels: [...images.pixels], shape: images.shape, ids: rows }))
  }
  return paths
}

describe.runIf(pythonHas('torch'))('a training that PyTorch began', () => {
  it('continues here with the same steps, and there again', { timeout: 120_000 }, async () => {
    const theirs = into('epoch_1.pt')
    runPython(begin, [theirs, JSON.stringify(tiny)])
    const losses: number[] = []
    const onStep = ({ loss }: { readonly loss: number }) => losses.push(loss)
    // An epoch has two steps: the first step of the second epoch is the third.
    const run = { folder: into('continued') }
    const third = await fit({ steps: 3, continueFrom: theirs, onStep }, run)
    expect(third).toMatchObject({ step: 3, stepsTaken: 1, updates: 4, updatesBefore: 3 })
    const back = into('back.pt')
    expect(await convertTrainingCheckpoint(third.checkpoint!, back)).toMatchObject({ epoch: 1, updates: 4 })
    const fourth = await fit({ steps: 4, resume: true, continueFrom: theirs, onStep }, run)
    expect(fourth).toMatchObject({ step: 4, stepsTaken: 1, updates: 5, updatesBefore: 3 })
    const batches = await writeBatches(1)
    const steps = [
      [theirs, back],
      [back, fourth.checkpoint!],
    ].flatMap((pair, i) => [...pair, batches[i]!])
    const said = JSON.parse(runPython(compare, [JSON.stringify(tiny), String(learningRate), ...steps])) as Compared[]
    expect(said.map(({ steps }) => steps)).toEqual([[4], [5]])
    said.forEach(({ loss, moved, weights, first, second }, i) => {
      expect(losses[i]).toBeCloseTo(loss, 5)
      expect(moved).toBeGreaterThan(5e-4)
      expect([weights, first, second].map((difference) => difference < 1e-6)).toEqual([true, true, true])
    })
  })
})

describe('continueFrom', () => {
  const continued = (path: string, options: Partial<FitOptions> = {}, more?: Partial<TrainerOptions>) =>
    fit({ epochs: 3, continueFrom: path, ...options }, more)

  it('gives the run the weights and moments of the file, whatever the model was', async () => {
    const { checkpoint } = await fit({ steps: 5, continueFrom: ours }, { folder: into('copied') })
    const { checkpoint: whole } = await fit({ steps: 5, resume: true }, { folder: join(ours, '..') })
    const [copy, own] = [await readContents(checkpoint!), await readContents(whole!)]
    copy.delete('run')
    own.delete('run')
    expect(copy).toEqual(own)
  })

  it('counts epochs on, with the steps of its own data and batch size', async () => {
    const epochs: number[] = []
    const more = { data: loaderOf(photos(8), { texts: { count: 0 }, batchSize: 2 }) }
    const result = await continued(ours, { onStep: ({ epoch }) => epochs.push(epoch) }, more)
    expect(result).toMatchObject({ step: 12, stepsTaken: 4, updates: 8, updatesBefore: 4 })
    expect(epochs).toEqual([2, 2, 2, 2])
    expect(await continued(ours, { epochs: 2 })).toMatchObject({ step: 4, stepsTaken: 0 })
  })

  it('accepts bytes, and resumes the run itself if there is a checkpoint', async () => {
    const run = { folder: into('bytes') }
    const bytes = new Uint8Array(readFileSync(ours))
    expect(await fit({ steps: 5, continueFrom: bytes, resume: true }, run)).toMatchObject({ stepsTaken: 1 })
    expect(await fit({ steps: 6, continueFrom: bytes, resume: true }, run)).toMatchObject({ stepsTaken: 1, updates: 6 })
    await expect(fit({ steps: 7, continueFrom: bytes }, run)).rejects.toThrow(/already contains a run/)
  })

  it('finds the state of frozen models, and says which parameters have none', async () => {
    const freeze = { vision: true }
    const frozen = (await fit({ epochs: 1 }, { folder: into('frozen'), freeze })).checkpoint!
    const theirs = into('frozen.pt')
    await convertTrainingCheckpoint(frozen, theirs)
    await expect(continued(theirs)).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      message: expect.stringMatching(/state of \d+ and \d+ parameters .* freeze the same parts/) as string,
    })
    expect(await continued(theirs, {}, { freeze })).toMatchObject({ updates: 6 })
    const warnings: string[] = []
    await continued(frozen, { onWarning: (warning) => warnings.push(warning) })
    expect(warnings).toEqual([
      expect.stringMatching(/no state of \d+ parameters: visual\.class_embedding, .* and \d+ more\.$/),
    ])
  })

  it('warns if AdamW gets other settings', async () => {
    const warnings: string[] = []
    const optimizer = { betas: [0.9, 0.95], weightDecay: 0.1 } as const
    await continued(ours, { onWarning: (warning) => warnings.push(warning) }, { optimizer })
    expect(warnings).toEqual([
      expect.stringContaining('trained with the betas 0.9 and 0.98, and continues with 0.9 and 0.95.'),
      expect.stringContaining('trained with the weightDecay 0.2, and continues with 0.1.'),
    ])
  })

  it('starts moving averages at the weights of the file', async () => {
    const { averages } = await continued(ours, { epochs: 2 }, { optimizer: { emaDecay: 0.9 } })
    const saved = await readContents(ours)
    expect(averages!.get('visual.proj')!.data).toEqual(valuesOf(saved, 'state_dict', 'visual.proj'))
  })

  const groups = (root: Node) => child(root, 'optimizer').get('param_groups') as Node[]
  it.each<[string, string, RegExp, (root: Node) => void]>([
    ['no optimizer', 'CHECKPOINT_INVALID', /no state of an optimizer.*as a model/, (root) => root.delete('optimizer')],
    ['another number of groups', 'CHECKPOINT_MISMATCH', /two groups.*got 1 group/, (root) => groups(root).pop()],
    ['another optimizer', 'CHECKPOINT_MISMATCH', /AdamW/, (root) => groups(root)[0]!.set('amsgrad', true)],
    ['decay everywhere', 'CHECKPOINT_MISMATCH', /AdamW/, (root) => groups(root)[0]!.set('weight_decay', 0.1)],
    [
      'a learning rate that is no number',
      'CHECKPOINT_INVALID',
      /lr is no number/,
      (root) => groups(root)[1]!.set('lr', 'x'),
    ],
    ['no epoch', 'CHECKPOINT_INVALID', /its epoch is undefined/, (root) => root.delete('epoch')],
    [
      'a missing moment',
      'CHECKPOINT_INVALID',
      /no moments of '.*', parameter 3/,
      (root) => child(root, 'optimizer', 'state', 3).delete('exp_avg'),
    ],
    [
      'different numbers of updates',
      'CHECKPOINT_INVALID',
      /updated 4, 9 times/,
      (root) => valuesOf(root, 'optimizer', 'state', 3, 'step').set([9]),
    ],
    [
      'a value that is not finite',
      'CHECKPOINT_INVALID',
      /contains NaN at 2/,
      (root) => valuesOf(root, 'optimizer', 'state', 60, 'exp_avg').set([NaN], 2),
    ],
    [
      'a missing weight',
      'CHECKPOINT_MISMATCH',
      /but the model has \d+ and \d+\. If parts/,
      (root) => child(root, 'state_dict').delete('visual.proj'),
    ],
    [
      'a weight of another model',
      'CHECKPOINT_MISMATCH',
      /lacks: visual\.proj2/,
      (root) => child(root, 'state_dict').set('visual.proj2', child(root, 'state_dict', 'visual.proj')),
    ],
  ])('refuses a file with %s, and leaves the model as it was', async (what, code, message, change) => {
    const path = into(`${what}.pt`)
    copyFileSync(ours, path)
    await rewrite(path, (root) => (root.delete('run'), change(root)))
    const model = await DreamLIP.create(tiny, { seed: 2, device: 'cpu' })
    const before = [...model.parameters.values()].map(({ data }) => [...data])
    const trying = new Trainer({ model, data: data(), ...settings }).fit({ epochs: 3, continueFrom: path })
    await expect(trying).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect([...model.parameters.values()].map(({ data }) => [...data])).toEqual(before)
    model.dispose()
  })
})

describe('convertTrainingCheckpoint', () => {
  it('keeps weights, moments, settings and epoch, under the names of distributed training', async () => {
    const path = into('new folder/epoch_2.pt')
    const { parameters, ...said } = await convertTrainingCheckpoint(ours, path)
    expect(said).toEqual({ epoch: 2, updates: 4 })
    const [before, after] = [await readContents(ours), await readContents(path)]
    const named = [...child(before, 'state_dict')].map(([name, tensor]) => [`module.${String(name)}`, tensor])
    expect([...child(after, 'state_dict')]).toEqual(named)
    expect(parameters.map((name) => `module.${name}`)).toEqual(named.map(([name]) => name))
    expect([after.get('optimizer'), after.get('name')]).toEqual([before.get('optimizer'), 'dreamlip'])
    expect([...after.keys()]).toEqual(['epoch', 'name', 'state_dict', 'optimizer'])
  })

  it('leaves out parameters with their state, and numbers the others anew', async () => {
    const patches = (await fit({ steps: 1 }, { loss: dreamLIPLoss(), folder: into('patches') })).checkpoint!
    const path = into('plain.pt')
    const { parameters } = await convertTrainingCheckpoint(patches, path, { leaveOut: ['logit_scale_local'] })
    const { parameters: all } = await convertTrainingCheckpoint(patches, into('all.pt'))
    expect(all.filter((name) => !parameters.includes(name))).toEqual(['logit_scale_local'])
    const numbers = [...child(await readContents(path), 'optimizer', 'state').keys()]
    expect(numbers).toEqual(parameters.map((_, i) => i))
    expect(await fit({ epochs: 1, continueFrom: path })).toMatchObject({ updates: 3, updatesBefore: 1 })
    const refused = convertTrainingCheckpoint(patches, path, { leaveOut: ['visual.head'] })
    await expect(refused).rejects.toThrow(
      /leaveOut: expected names of parameters in .*; got 'visual\.head'|visual\.head/,
    )
  })

  it('refuses files without an optimizer', async () => {
    const path = into('weights.pt')
    await savePyTorch(path, { a: { data: new Float32Array(1), shape: [1], dtype: 'float32' } })
    await expect(convertTrainingCheckpoint(path, into('x.pt'))).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' })
  })
})
