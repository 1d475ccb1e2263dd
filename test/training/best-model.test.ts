import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, readCheckpoint } from '../../src/index'
import { Trainer, type FitOptions, type FitResult, type TrainerOptions } from '../../src/training/trainer'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-best-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two steps per epoch. */
const data = () => loaderOf(photos(8), { seed: 3 })

async function withTrainer<T>(more: Partial<TrainerOptions>, work: (trainer: Trainer) => Promise<T>): Promise<T> {
  const model = await DreamLIP.create(tiny, { seed: 1 })
  try {
    const schedule = { kind: 'constant', warmup: 0 } as const
    return await work(new Trainer({ model, data: data(), schedule, best: 'recall', ...more }))
  } finally {
    model.dispose()
  }
}

const fit = (more: Partial<TrainerOptions>, options: FitOptions): Promise<FitResult> =>
  withTrainer(more, (trainer) => trainer.fit(options))

/** An evaluation that returns given values in turn. */
const valued = (...values: number[]) => {
  let calls = 0
  return async () => ({ recall: values[calls++] ?? NaN })
}

const bestOf = (into: string) => join(into, 'best.safetensors')
const loggedRecalls = (into: string) => {
  const lines = readFileSync(join(into, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  const values = lines.map((line) => JSON.parse(line) as { step: number; recall?: number })
  return values.filter(({ recall }) => recall !== undefined).map(({ step, recall }) => [step, recall])
}

describe('the best model of a run', () => {
  it('is that of the evaluation with the highest value, and survives the removal of old checkpoints', async () => {
    const into = join(folder, 'highest')
    const weights: (readonly number[])[] = []
    const values = valued(0.2, 0.5, 0.4, NaN, 0.5)
    const evaluate = async (model: DreamLIP) => {
      weights.push([...(model.parameters.get('visual.proj')!.data as Float32Array)])
      return values()
    }
    const { best } = await fit({ folder: into, evaluate, keep: 1 }, { epochs: 5 })
    expect(best).toEqual({ path: bestOf(into), metric: 'recall', value: 0.5, step: 4 })
    expect(readdirSync(into).filter((name) => name.endsWith('.pt'))).toEqual(['step-00000010.pt'])
    const model = await DreamLIP.load(best!.path)
    expect([...(model.parameters.get('visual.proj')!.data as Float32Array)]).toEqual(weights[1])
    model.dispose()
    const { metadata, close } = await readCheckpoint(best!.path)
    await close()
    expect(JSON.parse(metadata['best'] as string)).toEqual({ metric: 'recall', value: 0.5, step: 4 })
  })

  it('stays the best when a resumed run has lower values, and is replaced by a higher one', async () => {
    const into = join(folder, 'resumed')
    await fit({ folder: into, evaluate: valued(0.3, 0.6) }, { epochs: 2 })
    const before = readFileSync(bestOf(into))
    const lower = await fit({ folder: into, evaluate: valued(0.5) }, { epochs: 3, resume: true })
    expect(lower.best).toMatchObject({ value: 0.6, step: 4 })
    expect(readFileSync(bestOf(into)).equals(before)).toBe(true)
    const higher = await fit({ folder: into, evaluate: valued(0.7) }, { epochs: 4, resume: true })
    expect(higher.best).toMatchObject({ value: 0.7, step: 8 })
    const finished = await fit({ folder: into, evaluate: valued(0.9) }, { epochs: 4, resume: true })
    expect(finished).toMatchObject({ stepsTaken: 0, best: higher.best })
  })

  it('is kept when the run is aborted', async () => {
    const into = join(folder, 'aborted')
    const abort = new AbortController()
    const onStep = ({ step }: { step: number }) => step === 3 && abort.abort()
    const run = fit({ folder: into, evaluate: valued(0.4) }, { epochs: 4, signal: abort.signal, onStep })
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    const { best } = await fit({ folder: into, evaluate: valued(0.1) }, { steps: 4, resume: true })
    expect(best).toMatchObject({ value: 0.4, step: 2 })
  })

  it.each([1, 2, 3])('is found again if the run is aborted during evaluation %i', async (last) => {
    const values = [0.1, 0.3, 0.2]
    const whole = join(folder, `whole-${last}`)
    const broken = join(folder, `broken-${last}`)
    await fit({ folder: whole, evaluate: valued(...values) }, { epochs: 3 })
    const abort = new AbortController()
    let calls = 0
    const evaluate: TrainerOptions['evaluate'] = async (_, { signal }) => {
      if (++calls === last) abort.abort()
      signal!.throwIfAborted()
      return { recall: values[calls - 1]! }
    }
    await expect(fit({ folder: broken, evaluate }, { epochs: 3, signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    const { best } = await fit(
      { folder: broken, evaluate: valued(...values.slice(last - 1)) },
      { epochs: 3, resume: true },
    )
    expect(best).toMatchObject({ value: 0.3, step: 4 })
    expect(loggedRecalls(broken)).toEqual(loggedRecalls(whole))
    for (const name of ['best.safetensors', 'step-00000006.pt']) {
      expect([name, readFileSync(join(broken, name)).equals(readFileSync(join(whole, name)))]).toEqual([name, true])
    }
  })

  it('counts as a run: a new one in its folder is refused', async () => {
    const into = join(folder, 'alone')
    await fit({ folder: into, evaluate: valued(0.4) }, { epochs: 1 })
    rmSync(join(into, 'step-00000002.pt'))
    await expect(fit({ folder: into, evaluate: valued(0.1) }, { epochs: 1 })).rejects.toThrow(
      /already contains a run, with its best model/,
    )
    expect(existsSync(bestOf(into))).toBe(true)
  })

  it('is replaced, with a warning, when another value decides', async () => {
    const into = join(folder, 'other')
    await fit({ folder: into, evaluate: valued(0.9) }, { epochs: 1 })
    const warnings: string[] = []
    const evaluate = async () => ({ recall: 0.9, precision: 0.1 })
    const { best } = await fit(
      { folder: into, evaluate, best: 'precision' },
      { epochs: 2, resume: true, onWarning: (message) => warnings.push(message) },
    )
    expect(best).toMatchObject({ metric: 'precision', value: 0.1, step: 4 })
    expect(warnings).toEqual([expect.stringMatching(/was chosen by recall; .*because best is now precision/)])
  })

  it('is replaced, with a warning, if its file is damaged or of another program', async () => {
    const model = await DreamLIP.create(tiny)
    const writers = {
      damaged: async (path: string) => writeFileSync(path, 'not a model'),
      foreign: (path: string) => model.save(path),
    }
    for (const [name, write] of Object.entries(writers)) {
      const into = join(folder, name)
      mkdirSync(into)
      await write(bestOf(into))
      const warnings: string[] = []
      const onWarning = (message: string) => warnings.push(message)
      const { best } = await fit({ folder: into, evaluate: valued(0.2) }, { epochs: 1, resume: true, onWarning })
      expect(best).toMatchObject({ value: 0.2 })
      expect(warnings).toEqual([expect.stringMatching(/^the best model so far was not read, .*best\.safetensors/)])
    }
    model.dispose()
  })

  it('costs a warning, not the run, if it cannot be written', async () => {
    const into = join(folder, 'unwritable')
    mkdirSync(join(bestOf(into), 'in-the-way'), { recursive: true })
    const warnings: string[] = []
    const run = await fit(
      { folder: into, evaluate: valued(0.2) },
      { epochs: 1, resume: true, onWarning: (message) => warnings.push(message) },
    )
    expect(run).toMatchObject({ step: 2, best: undefined })
    expect(warnings.at(-1)).toMatch(/^the best model was not written, but the run continues: /)
  })
})

describe('the option best', () => {
  it('needs an evaluation and a folder', async () => {
    await expect(fit({ folder: join(folder, 'a') }, { epochs: 1 })).rejects.toThrow(/^evaluate: expected a function/)
    await expect(fit({ evaluate: valued(1) }, { epochs: 1 })).rejects.toThrow(/^folder: expected a folder/)
  })

  it('must name a value of the evaluation', async () => {
    const evaluate = async () => ({ imageToText: 0.5, textToImage: 0.5 })
    const run = fit({ folder: join(folder, 'named'), evaluate, best: 'textToImages' }, { epochs: 1 })
    await expect(run).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(
        /^best: .*\(imageToText, textToImage\); got "textToImages"\. Did you mean textToImage\?$/,
      ),
    })
  })
})

describe('diskUse', () => {
  it('estimates what a run writes, to within 2 %', async () => {
    const into = join(folder, 'sizes')
    const options = { folder: into, evaluate: valued(0.4, 0.5), optimizer: { emaDecay: 0.9 }, freeze: { text: true } }
    const use = await withTrainer(options, async (trainer) => {
      const before = await trainer.diskUse({ epochs: 2 })
      await trainer.fit({ epochs: 2 })
      return before!
    })
    const [checkpoint, best] = ['step-00000004.pt', 'best.safetensors'].map((name) => statSync(join(into, name)).size)
    expect(Math.abs(use.bytesPerCheckpoint / checkpoint! - 1)).toBeLessThan(0.02)
    expect(Math.abs(use.bytesPerModel / best! - 1)).toBeLessThan(0.02)
    expect(use).toMatchObject({ checkpoints: 2, existingBytes: 0 })
    expect(use.mostBytes).toBe(2 * use.bytesPerCheckpoint + 2 * use.bytesPerModel)
    expect(use.freeBytes).toBeGreaterThan(0)
  })

  it('counts only the checkpoints that are kept, and what is there already', async () => {
    const into = join(folder, 'sizes')
    await withTrainer({ folder: into, best: undefined, keep: 1 }, async (trainer) => {
      const use = (await trainer.diskUse({ steps: 100 }))!
      expect(use.mostBytes).toBe(2 * use.bytesPerCheckpoint)
      const sizes = readdirSync(into).filter((name) => /\.(pt|safetensors)$/.test(name))
      expect(use.existingBytes).toBe(sizes.reduce((sum, name) => sum + statSync(join(into, name)).size, 0))
    })
  })

  it('is undefined without a folder, and refuses a run without a length', async () => {
    await withTrainer({ best: undefined }, async (trainer) => {
      expect(await trainer.diskUse({ steps: 1 })).toBeUndefined()
      await expect(trainer.diskUse({})).rejects.toThrow(/expected steps or epochs/)
    })
  })
})
