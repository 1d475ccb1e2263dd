import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../src/index'
import { Trainer, type FitOptions, type TrainerOptions } from '../../src/training/trainer'
import { loaderOf, photos, tiny } from './tiny'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Many, so that a run is still far from its end when the signal reaches it. */
const steps = 40

/** Runs `train-process.ts`, killed as soon as it has printed the step, if one is given. @returns whether it reached its end */
function train(into: string, killAt?: number): Promise<boolean> {
  const script = fileURLToPath(new URL('train-process.ts', import.meta.url))
  const hooks = fileURLToPath(new URL('../../scripts/tfjs-modules.mjs', import.meta.url))
  const args = ['--import', 'tsx', '--import', hooks, script, into, String(steps)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.on('data', (text: Buffer) => {
    if (killAt !== undefined && String(text).includes(`step ${killAt}\n`)) child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.on('close', (code) => resolve(code === 0)))
}

const checkpoints = (of: string) => readdirSync(of).filter((name) => name.endsWith('.pt'))

describe('a run that was killed', () => {
  it(
    'ends with the same bytes as one that was not: weights, moments, averages, position',
    { timeout: 300_000 },
    async () => {
      const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')]
      expect(await train(whole)).toBe(true)
      // Soon, and at a random step after that.
      const at = 5 + Math.floor(25 * Math.random())
      expect(await train(killed, 3)).toBe(false)
      await train(killed, at)
      expect(await train(killed)).toBe(true)
      const last = `step-${String(steps).padStart(8, '0')}.pt`
      expect([at, readFileSync(join(killed, last)).equals(readFileSync(join(whole, last)))]).toEqual([at, true])
      expect(checkpoints(killed)).toHaveLength(3)
    },
  )
})

describe('going on', () => {
  const fit = async (more: Partial<TrainerOptions>, options: FitOptions, records = photos(8)) => {
    const model = await DreamLIP.create(tiny, { seed: 1 })
    const data = loaderOf(records)
    try {
      return await new Trainer({ model, data, progress: false, ...more }).fit(options)
    } finally {
      model.dispose()
    }
  }

  it('counts on from where the run was, and does nothing at its end', async () => {
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
    expect((await fit({ folder: into, schedule }, { steps: 5, resume: true })).loss).toBeNaN()
  })

  it.each<[string, Partial<TrainerOptions>, number, RegExp]>([
    ['other data', {}, 9, /the run began with another data: 8 samples.*; now 9 samples/],
    ['other trained parameters', { freeze: { vision: true } }, 8, /another trained parameters/],
  ])('is refused with %s', async (name, more, count, message) => {
    const into = join(folder, name)
    await fit({ folder: into }, { steps: 2 })
    await expect(fit({ folder: into, ...more }, { steps: 4, resume: true }, photos(count))).rejects.toMatchObject({
      code: 'DATA_CHANGED',
      message: expect.stringMatching(message),
    })
  })

  it('is refused from a file that no run wrote', async () => {
    const into = join(folder, 'foreign')
    await fit({ folder: into }, { steps: 1 })
    const model = await DreamLIP.create(tiny)
    await model.save(join(into, 'step-00000009.pt'))
    model.dispose()
    await expect(fit({ folder: into }, { steps: 12, resume: true })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
    })
  })

  it('keeps the newest checkpoints, which are models too', async () => {
    const into = join(folder, 'kept')
    const { checkpoint } = await fit({ folder: into, saveEvery: 1, keep: 2 }, { steps: 4 })
    expect(checkpoints(into)).toEqual(['step-00000003.pt', 'step-00000004.pt'])
    const model = await DreamLIP.load(checkpoint!, { config: tiny })
    expect(model.parameters.has('logit_scale_local')).toBe(true)
    model.dispose()
  })
})
