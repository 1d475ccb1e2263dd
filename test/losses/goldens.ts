/** Float64 losses and gradients: the published reference's formulas, open_clip's and FLAIR's classes, test/parity/grouping.py. */
import { readFileSync } from 'node:fs'
import { readGoldens, type GoldenCase, type GoldenSize } from './golden-loss'

const read = (name: string): unknown => JSON.parse(readFileSync(`test/fixtures/losses/${name}.json`, 'utf8'))

/** Every golden case. */
export const goldens = readGoldens(read('losses') as GoldenSize[], [
  ...(read('open-clip') as GoldenCase[]),
  ...(read('image-choice') as GoldenCase[]),
  ...(read('flair') as GoldenCase[]),
])
