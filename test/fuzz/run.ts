/** Fuzzes by hand: `npx tsx test/fuzz/run.ts --minutes 60 --seed 7 --formats parquet,tar`. */
import { mkdtempSync } from 'node:fs'
import { tmpdir, availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formats, type Format } from './corpus'
import { fuzz, report } from './fuzz'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    formats: { type: 'string', default: formats.join(',') },
    children: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    into: { type: 'string' },
  },
})
const faultFolder = values.into ?? mkdtempSync(join(tmpdir(), 'dreamlip-faults-'))
let toldAt = performance.now()
const { counts, faults } = await fuzz({
  formats: values.formats.split(',') as Format[],
  seed: Number(values.seed),
  milliseconds: 60_000 * Number(values.minutes),
  cases: 0,
  children: Number(values.children),
  faultFolder,
  onProgress(counts) {
    if (performance.now() - toldAt < 60_000) return
    toldAt = performance.now()
    console.log(`${report(counts)}\n`)
  },
})
console.log(report(counts))
console.log(faults.length === 0 ? '\nNo faults.' : `\n${faults.length} kinds of faults, kept in ${faultFolder}:`)
for (const { file, how, fault } of faults)
  console.log(`${file}\n  ${how}\n  ${fault.split('\n').slice(0, 3).join('\n  ')}`)
process.exitCode = faults.length === 0 ? 0 : 1
