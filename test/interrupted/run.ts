/** Kills each verb many times: `npx tsx test/interrupted/run.ts --kills 100 --seed 3 [--only train]`, and prints a table. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRandom } from '../../src/random'
import { killAndResume } from './kill-and-resume'
import { createVerbs } from './verbs'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-kills-'))
const verbs = Object.entries(await createVerbs(folder))
const chosen = verbs.filter(([name]) => values.only === undefined || values.only === name)
const each = Math.ceil(Number(values.kills) / chosen.length)
const faults: string[] = []
console.log('verb           kills  while writing  runs ended  faults  seconds')
for (const [i, [name, verb]] of chosen.entries()) {
  const started = performance.now()
  const tally = await killAndResume(
    verb,
    join(folder, name.replace(' ', '-')),
    each,
    createRandom(Number(values.seed) + i),
  )
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  const numbers = [tally.kills, tally.whileWriting, tally.finished, tally.faults.length, seconds]
  const widths = [5, 13, 10, 6, 7]
  console.log(`${name.padEnd(13)}  ${numbers.map((value, at) => String(value).padStart(widths[at]!)).join('  ')}`)
  faults.push(...tally.faults)
}
for (const [, verb] of verbs) await verb.close?.()
faults.forEach((fault) => console.log(fault))
if (faults.length === 0) rmSync(folder, { recursive: true })
process.exitCode = faults.length > 0 ? 1 : 0
