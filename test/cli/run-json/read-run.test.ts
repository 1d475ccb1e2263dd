import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readRun } from '../../../src/cli/run-json/read-run'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-run-json-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'run.json')
const at = (name: string) => join(folder, name)
const read = (entries: object) => {
  writeFileSync(path, JSON.stringify({ data: 'photos', out: 'runs/a', epochs: 1, ...entries }))
  return readRun(path)
}

describe('paths in run.json', () => {
  it('start from its folder', async () => {
    const run = await read({
      model: 'vitb16.pt',
      data: { source: 'a/{0..3}.tar::b/*.tar', images: 'pictures' },
      evaluate: 'held-out',
    })
    expect(run).toMatchObject({
      model: { source: at('vitb16.pt') },
      data: { source: `${at('a/{0..3}.tar')}::${at('b/*.tar')}`, images: at('pictures') },
      evaluate: { source: at('held-out') },
      out: at('runs/a'),
    })
  })

  it('may be absolute, or addresses', async () => {
    const [model, data] = ['https://example.org/model.pt', 'https://example.org/{0..9}.tar']
    const out = resolve('elsewhere')
    expect(await read({ model, data, out, images: resolve('pictures') })).toMatchObject({
      model: { source: model },
      data: { source: data, images: resolve('pictures') },
      out,
    })
    expect(await read({ model: 'hf://owner/name' })).toMatchObject({ model: { source: 'hf://owner/name' } })
  })

  it('leave names of released models as they are, unless there is such a file', async () => {
    expect((await read({ model: 'cc3m' })).model.source).toBe('cc3m')
    mkdirSync(at('cc12m'), { recursive: true })
    expect((await read({ model: 'cc12m' })).model.source).toBe(at('cc12m'))
    expect((await read({ model: 'emoji-scenes' })).model.source).toBe('emoji-scenes')
  })

  it('may name the file of a config', async () => {
    writeFileSync(at('tiny.json'), '{"embed_dim":8}')
    expect(await read({ modelConfig: 'tiny.json' })).toMatchObject({ isNew: true, model: { config: { embed_dim: 8 } } })
    expect((await read({ modelConfig: 'ViT-S-32' })).model.config).toBe('ViT-S-32')
  })
})

describe('the model of run.json', () => {
  it('is the one inside the package where none is named', async () => {
    expect(await read({ device: 'cpu' })).toMatchObject({ isNew: false, model: { device: 'cpu' } })
    expect((await read({})).model.source).toBeUndefined()
  })
})

describe('evaluate', () => {
  it('keeps the best model by the mean recall, or by the value that is named', async () => {
    expect((await read({})).trainer.best).toBeUndefined()
    expect((await read({ evaluate: 'held-out' })).trainer.best).toBe('meanRecall')
    expect((await read({ evaluate: 'held-out', best: 'textToImage@5' })).trainer.best).toBe('textToImage@5')
  })

  it('takes the same forms as data', async () => {
    const { evaluate } = await read({ evaluate: { source: 'all.csv', split: 'test', columns: { image: 'url' } } })
    expect(evaluate).toEqual({ source: at('all.csv'), split: 'test', columns: { image: 'url' } })
  })
})

describe('readRun', () => {
  it('accepts the address of the schema', async () => {
    await expect(read({ $schema: './node_modules/dreamlip/run.schema.json' })).resolves.toBeDefined()
  })

  it.each<[string, object, string]>([
    ['a key at any depth', { schedule: { lr: 1 } }, 'schedule.lr: unknown; did you mean schedule.learningRate?'],
    ['a key of another object', { lr: 1 }, 'lr: unknown; did you mean schedule.learningRate?'],
    ['a key in the wrong object', { texts: { batchSize: 8 } }, 'texts.batchSize: unknown; did you mean batchSize?'],
    ['a column', { columns: { picture: 'url' } }, 'columns.picture: unknown; known: image, raw, '],
    ['an augmentation', { augmentation: { blur: { sgma: [0, 1] } } }, 'did you mean augmentation.blur.sigma?'],
    ['a rate that is text', { schedule: { learningRate: '1e-5' } }, 'expected a number above 0; got "1e-5".'],
    ['a count that is too large', { texts: { count: 10_001 } }, 'expected a whole number from 0 to 10000; got 10001.'],
    [
      'a device',
      { model: { device: 'gpu' } },
      'model.device: expected one of auto, cuda, webgpu, wasm, cpu; got "gpu".',
    ],
    ['a run without a length', { epochs: undefined }, 'epochs: missing; give the length of the run.'],
  ])('refuses %s', async (_, entries, message) => {
    await expect(read(entries)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(message),
    })
  })

  it('names the file', async () => {
    await expect(read({ epochs: 0 })).rejects.toThrow(`${path}: epochs: expected a whole number of at least 1; got 0.`)
    writeFileSync(path, '[]')
    await expect(readRun(path)).rejects.toThrow(`${path}: expected an object.`)
    await expect(readRun(at('none.json'))).rejects.toThrow('none.json')
  })
})

it('the folder of run.json may be the current one', async () => {
  const name = 'test/cli/run-json/here.json'
  writeFileSync(name, JSON.stringify({ data: 'photos', out: 'runs/a', epochs: 1 }))
  try {
    expect(await readRun(name)).toMatchObject({ out: join('test/cli/run-json', 'runs/a') })
  } finally {
    rmSync(name)
  }
})
