import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DreamLIP, inspectCheckpoint, LongCaptionDataset, Trainer } from '../../../src/index.node.ts'
import { model, run, runJson, temporaryFolder } from '../command'

const inFolder = temporaryFolder()
/** run.json is in another folder, to which its paths are relative. */
const data = resolve('examples/photos')
/** From its source, tfjs's gradients need help with their imports. */
const env = { NODE_OPTIONS: '--import ./scripts/tfjs-modules.mjs' }

const tiny = {
  embed_dim: 8,
  vision_cfg: { image_size: 16, layers: 1, width: 16, head_width: 8, patch_size: 8 },
  text_cfg: { context_length: 12, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
}

function writeRun(name: string, entries: object): string {
  const path = inFolder(`${name}.json`)
  const run = { model: resolve(model), data, out: name, steps: 2, batchSize: 3, device: 'cpu' }
  writeFileSync(path, JSON.stringify({ ...run, ...entries }))
  return path
}

/** @returns the checkpoint */
async function trainOneEpoch(folder: string): Promise<string> {
  const model = await DreamLIP.create(tiny, { device: 'cpu' })
  const photos = await LongCaptionDataset.open(data)
  const loader = photos.loader({ batchSize: 1, imageSize: 16, contextLength: 12, texts: { count: 0 } })
  const { checkpoint } = await new Trainer({ model, data: loader, folder }).fit({ epochs: 1 })
  model.dispose()
  return checkpoint!
}

describe('dreamlip train', () => {
  it('tunes a model on a folder of captioned images, and continues with --resume', async () => {
    const config = writeRun('photos', {
      texts: { count: 1 },
      saveEvery: 1,
      schedule: { learningRate: 1e-4, warmup: 0 },
    })
    const { document, code } = await runJson<{ model: string; step: number; loss: number }>(['train', '-c', config], {
      env,
    })
    expect(code).toBe(0)
    expect(document).toMatchObject({ model: inFolder('photos', 'model.safetensors'), step: 2, skippedSamples: 0 })
    expect(document.loss).toBeGreaterThan(0)
    expect(existsSync(inFolder('photos', 'step-00000002.pt'))).toBe(true)

    const refused = await run(['train', '-c', config], { env })
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('use --resume') })

    const longer = writeRun('photos', { texts: { count: 1 }, steps: 3, schedule: { learningRate: 1e-4, warmup: 0 } })
    const again = await runJson<{ step: number }>(['train', '-c', longer, '--resume'], { env })
    expect(again.document.step).toBe(3)

    // A second run finds it finished, with the same result.
    const finished = await runJson<object>(['train', '-c', longer, '--resume'], { env })
    expect([finished.code, finished.document]).toEqual([0, again.document])
    expect(finished.stderr).toContain('the run is already finished, after 3 steps.')
    expect((await run(['train', '-c', longer, '--resume'], { env })).stdout).toMatch(/: 3 steps, loss \d+\.\d{3}\n$/)
  })

  it("trains a FLAIR model by the name of FLAIR's loss", async () => {
    const flair = { model: undefined, modelConfig: { ...tiny, family: 'flair' }, texts: { count: 1 }, loss: 'flair' }
    const config = writeRun('flair', flair)
    const { document, code } = await runJson<{ model: string; step: number }>(['train', '-c', config], { env })
    expect([code, document.step]).toEqual([0, 2])
    const trained = await DreamLIP.load(document.model)
    expect(trained.config.family).toBe('flair')
    expect((await trained.match(resolve('examples/photos/coffee.png'), ['a cup', 'a cat'])).shape).toEqual([1, 2])
    trained.dispose()
    const { code: refused, stderr } = await run(['train', '-c', writeRun('no-flair', { loss: 'flair' })], { env })
    expect(refused).toBe(1)
    expect(stderr).toContain("loss: expected a loss of CLIP models, because the model's family is not flair")
  })

  it('goes on from a training checkpoint in the layout of open_clip, with --continue-from', async () => {
    const saved = await trainOneEpoch(inFolder('there'))
    const epoch1 = inFolder('epoch_1.pt')
    const converted = await runJson<{ updates: number }>(['convert', saved, epoch1, '--with-optimizer'])
    const { updates } = converted.document
    expect(converted.document).toMatchObject({ epoch: 1, bytes: statSync(epoch1).size })
    expect(converted.stderr).toContain("open_clip's models have no logit_scale_local: to train there, pass --leave-out")
    const refused = await run(['convert', saved, epoch1, '--with-optimizer', '--dtype', 'float16'])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('expected no option but --leave-out') })

    const entries = { model: undefined, modelConfig: tiny, steps: undefined, epochs: 2, batchSize: 1 }
    const here = writeRun('here', { ...entries, texts: { count: 0 } })
    const args = ['train', '-c', here, '--resume', '--continue-from', epoch1]
    const { code, document, stderr } = await runJson(args, { env })
    const counts = { step: 2 * updates, updates: 2 * updates, updatesBefore: updates }
    expect([code, document]).toEqual([0, expect.objectContaining(counts)])
    expect(stderr).toContain(`the run continues from ${epoch1}`)
  })

  it('starts anew with --resume if there is no checkpoint, and says so', async () => {
    const config = writeRun('nothing', { texts: { count: 1 }, steps: 1 })
    const { code, document, stderr } = await runJson<{ step: number }>(['train', '-c', config, '--resume'], { env })
    expect([code, document.step]).toEqual([0, 1])
    expect(stderr).toContain('contains no checkpoint to continue from: the run starts at its first step.')
  })

  it('accepts options of the model and of the data in their own objects', async () => {
    const config = writeRun('objects', {
      model: { source: resolve(model), imageSize: 32, device: 'cpu' },
      data: { source: data, layout: 'folder' },
      augmentation: { scale: [0.8, 1], ratio: [1, 1] },
      texts: { count: 1 },
      steps: 1,
    })
    const { code, document } = await runJson<{ model: string }>(['train', '-c', config], { env })
    expect(code).toBe(0)
    const inspected = await runJson<{ config: { vision_cfg: { image_size: number } } }>(['inspect', document.model])
    expect(inspected.document.config.vision_cfg.image_size).toBe(32)
  })

  it('trains a model whose context is stretched, and its file keeps the length', async () => {
    const config = writeRun('stretched', { contextLength: 100, texts: { count: 1 }, steps: 1 })
    const { code, document } = await runJson<{ model: string }>(['train', '-c', config], { env })
    expect(code).toBe(0)
    expect((await inspectCheckpoint(document.model)).config!.text_cfg.context_length).toBe(100)
  })

  it('starts from the model inside the package, evaluates after each epoch, and keeps the best model', async () => {
    const config = writeRun('evaluated', {
      ...{ model: undefined, evaluate: data, best: 'textToImage@1', steps: undefined, epochs: 2, keep: 1 },
      texts: { count: 1 },
      schedule: { learningRate: 1e-5, warmup: 0 },
    })
    const outcome = await runJson<{ best: { path: string; metric: string; value: number } }>(['train', '-c', config], {
      env,
    })
    const { code, document, stderr } = outcome
    expect([code, document.best]).toEqual([
      0,
      {
        path: inFolder('evaluated', 'best.safetensors'),
        metric: 'textToImage@1',
        value: expect.any(Number),
        step: expect.any(Number),
      },
    ])
    expect(stderr).toContain('using emoji-scenes')
    expect(stderr).toMatch(/evaluated: 1 checkpoint is kept, \d.* MB each; the run takes up to .* MB; .* is free\.\n/)
    expect(stderr.match(/after \d steps?: imageToText@1 \d\.\d{3}, .*meanRecall \d\.\d{3}\n/g)).toHaveLength(2)
    expect(stderr).toMatch(/after 1 step: .*\n.*after 2 steps: /)
    const inspected = await runJson<{ config: object }>(['inspect', document.best.path])
    expect(inspected.document.config).toMatchObject({ vision_cfg: { image_size: 72 } })
    const lines = readFileSync(inFolder('evaluated', 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
    const steps = lines.map((line) => JSON.parse(line) as { step: number }).filter((line) => 'meanRecall' in line)
    expect(steps.map(({ step }) => step)).toEqual([1, 2])
  })

  it.each([
    ['an object', tiny],
    ['a path', 'tiny.json'],
  ])('starts a new model with a config given as %s', async (name, modelConfig) => {
    writeFileSync(inFolder('tiny.json'), JSON.stringify(tiny))
    const config = writeRun(name, { model: undefined, modelConfig, texts: { count: 1 }, steps: 1 })
    const { code, document } = await runJson<{ model: string }>(['train', '-c', config], { env })
    expect(code).toBe(0)
    const inspected = await runJson<{ config: object }>(['inspect', document.model])
    expect(inspected.document.config).toMatchObject({ embed_dim: tiny.embed_dim })
  })

  it.each<[string, object, RegExp]>([
    [
      'unknown entries',
      { batchsize: 3, epoch: 2 },
      /batchsize: unknown; did you mean batchSize\? epoch: unknown; did you mean epochs\?/,
    ],
    [
      'unknown entries at any depth',
      { schedule: { lr: 1e-5 }, loss: { patches: { negative: 'patches' } } },
      /schedule\.lr: unknown; did you mean schedule\.learningRate\? loss\.patches\.negative: unknown; did you mean loss\.patches\.negatives\?/,
    ],
    ['entries of another type', { steps: '2' }, /: steps: expected a whole number of at least 1; got "2"\./],
    ['a folder without captions', { data: resolve('src') }, /found 0 images/],
    [
      'unknown entries of the data',
      { data: { source: data, colums: {} } },
      /data\.colums: unknown; did you mean data\.columns\?/,
    ],
    [
      'an augmentation without its ratio',
      { augmentation: { scale: [0.5, 1] } },
      /augmentation.ratio: expected 2 numbers; got undefined/,
    ],
    [
      'options of a checkpoint for a new model',
      { model: undefined, modelConfig: 'ViT-S-32', imageSize: 64, contextLength: 90 },
      /imageSize: needs a checkpoint/,
    ],
    ['an invalid count of texts', { texts: { count: -1 } }, /count: expected a whole number from 0 to 10000; got -1/],
    ['no data', { data: undefined }, /: data: missing; expected a string or an object\./],
    ['a best model without held-out data', { best: 'meanRecall' }, /best: needs evaluate/],
    ['epochs together with steps', { epochs: 1 }, /epochs, steps: give one of them, not both/],
    [
      'an unknown value to choose the best by',
      { evaluate: data, best: 'recall' },
      /best: expected one of imageToText@1, /,
    ],
  ])('refuses %s', async (name, entries, message) => {
    const { code, stderr } = await run(['train', '-c', writeRun(name, entries)], { env })
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
  })

  it('names the file if it is not JSON', async () => {
    const path = inFolder('broken.json')
    writeFileSync(path, '{ "data": ')
    expect((await run(['train', '-c', path], { env })).stderr).toContain(path)
  })
})
