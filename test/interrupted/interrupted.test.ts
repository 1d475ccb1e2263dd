/** Every long verb, killed at random moments and run again: the result must equal that of an uninterrupted run. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../src/random'
import { outcomeOf, start } from '../cli/command'
import { killSeed } from '../kill-seed'
import { killAndResume } from './kill-and-resume'
import { createVerbs, type Verb, type VerbName } from './verbs'

const names: readonly VerbName[] = ['train', 'embed', 'convert', 'data convert', 'download', 'eval']
const kills = 2

let folder: string
let verbs: Record<VerbName, Verb>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreamlip-kills-'))
  verbs = await createVerbs(folder)
})
afterAll(async () => {
  for (const verb of Object.values(verbs)) await verb.close?.()
  rmSync(folder, { recursive: true })
})

describe.skipIf(process.platform === 'win32')(`a verb that is killed (seed ${killSeed})`, () => {
  it.each(names)('%s ends as an unbroken run when it is run again', { timeout: 300_000 }, async (name) => {
    const random = createRandom(killSeed)
    expect(await killAndResume(verbs[name], join(folder, name), kills, random)).toMatchObject({ kills, faults: [] })
  })
})

describe.skipIf(process.platform === 'win32')('a verb that is interrupted', () => {
  it.each([
    // Before that, `train` prints the disk space that it needs, and the result of each epoch.
    [
      'train',
      'SIGINT',
      /^(dreamlip: (\/.* the run takes up to|after \d steps?: imageToText@1) .*\n)+dreamlip: interrupted\.\n$/,
    ],
    ['data convert', 'SIGTERM', /^dreamlip: interrupted\.\n$/],
    ['download', 'SIGINT', /^dreamlip: interrupted\.\n$/],
  ] as const)(
    '%s ends with exit code 130 at %s, and keeps what is done',
    { timeout: 300_000 },
    async (name, signal, said) => {
      const into = mkdtempSync(join(folder, 'interrupted-'))
      const { args, env } = verbs[name]
      const child = start(args(into, false), { env })
      const ended = outcomeOf(child)
      // Waits until the first part of the work is done.
      const isPiece = (file: string) =>
        /^(metrics\.jsonl|\d+\.tar|.*\.part)$/.test(file) && statSync(join(into, file)).size > 0
      while (child.exitCode === null && !readdirSync(into).some(isPiece)) await wait(5)
      child.kill(signal)
      expect(await ended).toMatchObject({ code: 130, stdout: '', stderr: expect.stringMatching(said) })
      const left = readdirSync(into)
      expect(left.filter((file) => /\.(tmp|lock)$/.test(file))).toEqual([])
      expect(left.some((file) => /^(step-\d+\.pt|\d+\.tar|.*\.part)$/.test(file))).toBe(true)
    },
  )
})
