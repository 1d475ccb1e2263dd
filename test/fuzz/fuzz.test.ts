/** A file of any format, with any bytes, opens or fails with a typed error: within seconds, and in bounded memory. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formats } from './corpus'
import { fuzz, report } from './fuzz'

const seed = Number(process.env['DREAMLIP_FUZZ_SEED'] ?? 1)

describe('every reader', () => {
  it(`opens or explains mutated files (seed ${seed})`, { timeout: 300_000 }, async () => {
    const faultFolder = mkdtempSync(join(tmpdir(), 'dreamlip-faults-'))
    const options = { formats, seed, milliseconds: 50_000, cases: 20, children: 2, faultFolder }
    const { counts, faults } = await fuzz(options)
    console.log(report(counts))
    expect(faults).toEqual([])
    expect(Object.keys(counts)).toEqual(expect.arrayContaining([...formats]))
  })
})
