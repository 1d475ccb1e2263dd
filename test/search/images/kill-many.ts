/** Kills indexing many times: `npx tsx test/search/images/kill-many.ts --kills 50 --seed 3`. */
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createRandom } from '../../../src/random'
import { killIndexing } from './kill-indexing'
import { temporaryFolder } from './pictures'

const options = { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } } as const
const { kills, seed } = parseArgs({ options }).values
const folder = temporaryFolder()
const tally = await killIndexing(folder, Number(kills), createRandom(Number(seed)))
console.log(`${tally.kills} kills, ${tally.halfway} halfway, ${tally.faults.length} faults`)
tally.faults.forEach((fault) => console.log(fault.slice(0, 3000)))
if (tally.faults.length === 0) rmSync(folder, { recursive: true })
process.exitCode = tally.faults.length > 0 ? 1 : 0
