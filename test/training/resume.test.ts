import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { dreamLIPLoss } from '../../src/training/step/loss'
import { Trainer, type FitOptions, type TrainerOptions } from '../../src/training/trainer'
import { createRandom } from '../../src/random'
import { killSeed } from '../kill-seed'
import { loaderOf, photos, tiny } from './tiny'
import { runTraining } from './run-process'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Many, so that a run is far from its end when the signal arrives. */
const steps = 60

const checkpoints = (of: string) => readdirSync(of).filter((name) => name.endsWith('.pt'))

/** The file names of checkpoints and of the best model, including unfinished ones. */
const writings = (of: string) => readdirSync(of).filter((name) => /^(step-|best\.)/.test(name))

const stepsLogged = (of: string) => {
  const lines = readFileSync(join(of, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { step: number }).step)
}

const bestName = 'best.safetensors'

const evaluationsLogged = (of: string) => {
  const lines = readFileSync(join(of, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as object).filter((values) => 'meanRecall' in values)
}

/** Kills a run a while after its first step. */
const killAfter = (milliseconds: number) => (child: ChildProcess) => {
  setTimeout(() => child.kill('SIGKILL'), milliseconds)
}

/** Kills a run as soon as it has started to write a checkpoint, before the file is renamed. */
const killWhileWriting = (of: string) => (child: ChildProcess) => {
  const watcher = watch(of, (_, name) => {
    if (name?.endsWith('.tmp') && existsSync(join(of, name))) child.kill('SIGKILL')
  })
  child.on('close', () => watcher.close())
}

describe(`a run that was killed (seed ${killSeed})`, () => {
  it(
    'ends with the same bytes as an uninterrupted run: weights, moments, averages, position, best model',
    { timeout: 300_000 },
    async () => {
      const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')]
      expect(await runTraining(whole, steps)).toMatchObject({ code: 0 })
      mkdirSync(killed)
      // During writes, and at random moments: during steps, reads or writes.
      const written = await runTraining(killed, steps, { watch: killWhileWriting(killed) })
      expect([written.code, writings(killed).some((name) => name.endsWith('.tmp'))]).toEqual([null, true])
      const random = createRandom(killSeed)
      const moments = Array.from({ length: 3 }, () => Math.floor(250 * random.uniform()))
      for (const moment of moments) await runTraining(killed, steps, { watch: killAfter(moment) })
      expect(await runTraining(killed, steps)).toMatchObject({ code: 0 })
      const last = `step-${String(steps).padStart(8, '0')}.pt`
      expect([moments, readFileSync(join(killed, last)).equals(readFileSync(join(whole, last)))]).toEqual([
        moments,
        true,
      ])
      expect(readFileSync(join(killed, bestName)).equals(readFileSync(join(whole, bestName)))).toBe(true)
      expect(evaluationsLogged(killed)).toEqual(evaluationsLogged(whole))
      // Unfinished files of the killed runs are gone.
      expect(writings(killed)).toEqual(writings(whole))
      expect(checkpoints(killed)).toHaveLength(3)
    },
  )
})

describe.skipIf(process.platform === 'win32')('a run that can no longer write checkpoints', () => {
  it(
    'warns, takes its steps, and fails at the end; the older checkpoint stays intact',
    { timeout: 300_000 },
    async () => {
      const into = join(folder, 'full')
      expect(await runTraining(into, 4)).toMatchObject({ code: 0 })
      const older = readFileSync(join(into, 'step-00000004.pt'))
      // In units of 1,024 bytes: enough for the log, and for a part of a checkpoint.
      const { code, output } = await runTraining(into, 9, { limits: 'ulimit -f 1000' })
      expect(output).toMatch(/warning: the checkpoint was not written, but the run continues: .*step-00000006\.pt/)
      expect(output).toMatch(/step 9\n/)
      expect([code, /WRITE_FAILED/.test(output)]).toEqual([1, true])
      expect(readFileSync(join(into, 'step-00000004.pt')).equals(older)).toBe(true)
      expect(writings(into)).toEqual(['best.safetensors', 'step-00000002.pt', 'step-00000004.pt'])
      expect(await runTraining(into, 9)).toMatchObject({ code: 0, output: expect.stringMatching(/^step 5\n/) })
    },
  )
})

describe('resuming', () => {
  const fit = async (more: Partial<TrainerOptions>, options: FitOptions, records = photos(8)) => {
    const model = await DreamLIP.create(tiny, { seed: 1 })
    const data = loaderOf(records)
    try {
      return await new Trainer({ model, data, progress: false, ...more }).fit(options)
    } finally {
      model.dispose()
    }
  }

  it('continues at the run’s last step, and does nothing if the run is finished', async () => {
    const into = join(folder, 'counts')
    const schedule = { kind: 'constant', warmup: 0 } as const
    await fit({ folder: into, schedule }, { steps: 3 })
    const seen: number[] = []
    const again = await fit(
      { folder: into, schedule },
      { steps: 5, resume: true, onStep: ({ step }) => seen.push(step) },
    )
    expect(seen).toEqual([4, 5])
    expect(again.position).toEqual({ epoch: 2, sample: 4 })
    expect(await fit({ folder: into, schedule }, { steps: 5, resume: true })).toEqual({ ...again, stepsTaken: 0 })
    expect(stepsLogged(into)).toEqual([1, 2, 3, 4, 5])
  })

  it('is required if the folder contains a run: a new run is refused', async () => {
    const into = join(folder, 'used')
    await fit({ folder: into }, { steps: 1 })
    await expect(fit({ folder: into }, { steps: 1 })).rejects.toThrow(/already contains a run, up to step-00000001\.pt/)
  })

  it('starts at the first step if there is no checkpoint, and removes older log entries', async () => {
    const into = join(folder, 'none')
    mkdirSync(into)
    writeFileSync(join(into, 'metrics.jsonl'), '{"step":1,"loss":1}\n{"step":2,"lo')
    expect(await fit({ folder: into }, { steps: 2, resume: true })).toMatchObject({ step: 2, stepsTaken: 2 })
    expect(stepsLogged(into)).toEqual([1, 2])
  })

  it('is refused while another trainer uses the folder', async () => {
    const into = join(folder, 'shared')
    let second: unknown
    const evaluate = async () => {
      second ??= await fit({ folder: into }, { steps: 1, resume: true }).catch((error: unknown) => error)
      return {}
    }
    await fit({ folder: into, evaluate }, { steps: 3 })
    const message = expect.stringContaining(`process ${process.pid} on`) as string
    expect(second).toMatchObject({ code: 'IN_USE', message })
    expect(readdirSync(into)).not.toContain('dreamlip.lock')
    // Evaluations, after steps 2 and 3, have lines of their own.
    expect(stepsLogged(into)).toEqual([1, 2, 2, 3, 3])
  })

  it('logs an evaluation once, even if a killed run logged it without a checkpoint', async () => {
    const into = join(folder, 'evaluated')
    const evaluate = async () => ({ recall: 0.5 })
    await fit({ folder: into, evaluate }, { steps: 2 })
    // As if killed after the last checkpoint: the run continues at the end of the epoch, and evaluates there.
    await fit({ folder: into, evaluate }, { steps: 3, resume: true })
    const lines = readFileSync(join(into, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
    const evaluations = lines.map((line) => JSON.parse(line) as { step: number; recall?: number })
    expect(evaluations.filter(({ recall }) => recall !== undefined).map(({ step }) => step)).toEqual([2, 3])
  })

  it.each<[string, Partial<TrainerOptions>, number, RegExp]>([
    ['other data', {}, 9, /the run started with other data: 8 samples.*; now 9 samples/],
    ['other trained parameters', { freeze: { vision: true } }, 8, /other trained parameters: now without visual\./],
    [
      'a loss that now uses patches',
      { loss: dreamLIPLoss() },
      8,
      /other trained parameters: now also logit_scale_local\. .*start a new run/,
    ],
  ])('is refused with %s', async (name, more, count, message) => {
    const into = join(folder, name)
    await fit({ folder: into, ...(more.loss && { loss: dreamLIPLoss({ subcaptionPatch: 0 }) }) }, { steps: 2 })
    await expect(fit({ folder: into, ...more }, { steps: 4, resume: true }, photos(count))).rejects.toMatchObject({
      code: 'DATA_CHANGED',
      message: expect.stringMatching(message),
    })
  })

  it('is refused if the only checkpoint is a file that no run wrote', async () => {
    const into = join(folder, 'foreign')
    mkdirSync(into)
    const model = await DreamLIP.create(tiny)
    await model.save(join(into, 'step-00000009.pt'))
    model.dispose()
    await expect(fit({ folder: into }, { steps: 12, resume: true })).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
    })
  })

  it('keeps the newest checkpoints, which can be loaded as models', async () => {
    const into = join(folder, 'kept')
    const { checkpoint } = await fit({ folder: into, saveEvery: 1, keep: 2 }, { steps: 4 })
    expect(checkpoints(into)).toEqual(['step-00000003.pt', 'step-00000004.pt'])
    const model = await DreamLIP.load(checkpoint!, { config: tiny })
    expect(model.parameters.has('logit_scale_local')).toBe(true)
    model.dispose()
  })
})
