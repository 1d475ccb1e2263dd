/** Indexing that is killed: the final index must equal that of an uninterrupted run. `kill-many.ts` kills more often. */
import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createRandom } from '../../../src/random'
import { killSeed } from '../../kill-seed'
import { killIndexing } from './kill-indexing'
import { temporaryFolder } from './pictures'

it.skipIf(process.platform === 'win32')(
  `ends as an unbroken run after kills and changes of files (seed ${killSeed})`,
  async () => {
    const folder = temporaryFolder()
    const { kills, faults } = await killIndexing(folder, 2, createRandom(killSeed))
    expect({ kills, faults }).toEqual({ kills: 2, faults: [] })
    rmSync(folder, { recursive: true })
  },
  120_000,
)
