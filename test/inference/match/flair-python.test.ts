/** FLAIR models of random sizes, saved and run by Python in float64 with PyTorch's own modules (test/parity/flair.py). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP, type OpenCLIPConfig } from '../../../src/index'
import type { GoldenValues } from '../../models/golden'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPython } from '../../parity/python'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-flair-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Values = Record<'pixels' | 'image' | 'patches' | 'text' | 'logits', GoldenValues>

const script = `
import sys
sys.path.insert(0, 'test/parity')
import flair
for seed in sys.argv[2:]:
    flair.random_model(int(seed), f"{sys.argv[1]}/{seed}.pt")
`
const seeds = [1, 2, 3, 4]

describe.skipIf(!pythonHas('torch', 'safetensors'))('a FLAIR checkpoint of PyTorch', () => {
  let goldens: (Values & { config: OpenCLIPConfig; tokens: number[][] })[]
  beforeAll(() => {
    const lines = runPython(script, [folder, ...seeds.map(String)])
      .trim()
      .split('\n')
    goldens = lines.map((line) => JSON.parse(line) as (typeof goldens)[0])
  }, 300_000)

  it.each(seeds)('gives the features and scores of PyTorch (seed %i)', async (seed) => {
    const path = join(folder, `${seed}.pt`)
    const golden = goldens[seeds.indexOf(seed)]!
    const pixels = {
      pixels: Float32Array.from(golden.pixels.data),
      shape: golden.pixels.shape as [number, 3, number, number],
    }
    for (const runtime of ['compiled', 'eager'] as const) {
      const model = await DreamLIP.load(path, { config: golden.config, device: 'cpu', runtime })
      const raw = { normalize: false } as const
      const results = {
        image: await model.encodeImage(pixels, raw),
        patches: (await model.encodePatches(pixels, { project: true, normalize: false })).patches,
        text: await model.encodeText({ tokens: golden.tokens }, raw),
        logits: await model.match(pixels, { tokens: golden.tokens }),
      }
      model.dispose()
      for (const [name, { data, shape }] of Object.entries(results)) {
        const expected = golden[name as keyof typeof results]
        expect([name, shape]).toEqual([name, expected.shape])
        const size = Math.max(1, ...expected.data.map(Math.abs))
        expect(largestDifference(data, expected.data) / size, `${name}, ${runtime}`).toBeLessThanOrEqual(1e-5)
      }
    }
  })
})
