/** Losses and gradients that the published reference's formulas (shared/parity/losses.json) and open_clip's classes gave in float64. */
import { readFileSync } from 'node:fs'
import { readGoldens, type GoldenCase, type GoldenSize } from './golden-loss'

const read = (name: string): unknown => JSON.parse(readFileSync(`test/fixtures/losses/${name}.json`, 'utf8'))

/** Every golden case. */
export const goldens = readGoldens(read('losses') as GoldenSize[], read('open-clip') as GoldenCase[])
