/** SigLIP models created by Python: features and scores must equal those of transformers and open_clip. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DreamLIP } from '../../../src/dreamlip'
import type { LoadOptions } from '../../../src/inference/options'
import { parseConfig, toOpenCLIPConfig, type OpenCLIPConfig } from '../../../src/models/config/config'
import { parameterShapes } from '../../../src/models/parameters'
import { elementCount } from '../../../src/shape'
import { pythonHas } from '../../parity/python'

interface Expected {
  readonly shape: number[]
  readonly data: number[]
}

type Name = 'pixels' | 'tokens' | 'image' | 'text' | 'scores' | 'patches'

const script = fileURLToPath(new URL('../../parity/siglip.py', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'dreamlip-siglip-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const runtimes: readonly (readonly [string, LoadOptions])[] = [
  ['compiled, CPU', { device: 'cpu', runtime: 'compiled' }],
  ['eager, WASM', { device: 'wasm', runtime: 'eager' }],
  ['eager, CPU', { device: 'cpu', runtime: 'eager' }],
]

describe.runIf(pythonHas('torch', 'transformers', 'safetensors'))('SigLIP of Python', () => {
  beforeAll(() => {
    execFileSync(process.env.PYTHON ?? 'python3', [script, join(folder, 'models')], { stdio: 'pipe' })
  }, 300_000)

  describe.each(['siglip', 'siglip-other', 'timm', 'timm-tanh'])('%s', (name) => {
    it.each(runtimes)('gives the same features and scores: %s', async (_, options) => {
      const path = join(folder, 'models', name)
      const expected = JSON.parse(readFileSync(join(path, 'expected.json'), 'utf8')) as Record<Name, Expected>
      const warnings: string[] = []
      using model = await DreamLIP.load(path, { ...options, onWarning: (warning) => warnings.push(warning) })
      expect(warnings).toEqual([])
      const pixels = { pixels: Float32Array.from(expected.pixels.data), shape: shapeOf(expected.pixels) }
      const tokens = rowsOf(expected.tokens)
      const { image, patches } = await model.encodePatches(pixels)
      expectClose((await model.encodeImage(pixels, { normalize: false })).data, expected.image.data)
      expectClose(image.data, expected.image.data)
      expectClose(patches.data, expected.patches.data)
      const texts = await model.encodeText({ tokens }, { normalize: false })
      expectClose(texts.data, expected.text.data)
      const labels = tokens.map((_, label) => `${label}`)
      const embeddings = await model.encodeText({ tokens })
      const scores = await model.classify(pixels, { labels, embeddings })
      const inOrder = scores.flatMap((ranked) =>
        labels.map((each) => ranked.find(({ label }) => label === each)!.score),
      )
      expectClose(inOrder, expected.scores.data)
    })
  })

  it('knows the sizes of every SigLIP tower of timm', () => {
    const { sizes } = timm()
    expect(Object.keys(sizes).length).toBeGreaterThan(20)
    for (const [name, tower] of Object.entries(sizes)) {
      const config = parseConfig(around(name, tower.width, tower.pool))
      const { vision } = config
      expect.soft({ name, ...vision }).toMatchObject({
        imageSize: tower.image_size,
        patchSize: tower.patch_size,
        layers: tower.layers,
        headWidth: tower.width / tower.heads,
        pool: tower.pool === 'map' ? 'map' : 'average',
        normEpsilon: tower.epsilon,
      })
      expect.soft(vision.tanhGelu ?? false, name).toBe(tower.tanh)
      expect.soft(vision.noClassToken, name).toBe(!tower.class_token)
      const ours = [...parameterShapes(config)].filter(([parameter]) => parameter.startsWith('visual.'))
      expect
        .soft(
          ours.reduce((sum, [, shape]) => sum + elementCount(shape), 0),
          name,
        )
        .toBe(tower.parameters)
    }
  })

  it('reads every config of open_clip with such a tower and its own text tower', () => {
    const configs = Object.entries(timm().configs).filter(([, { text_cfg }]) => !('hf_model_name' in text_cfg))
    expect(configs.length).toBeGreaterThan(20)
    for (const [name, json] of configs) {
      const config = parseConfig(json)
      expect.soft(config.text, name).toMatchObject({ noCausalMask: true, pool: 'last', cleaning: 'canonicalize' })
      expect.soft(parseConfig(toOpenCLIPConfig(config)), name).toEqual(config)
    }
  })
})

function timm(): { sizes: Record<string, TimmTower>; configs: Record<string, OpenCLIPConfig> } {
  return JSON.parse(readFileSync(join(folder, 'models', 'timm.json'), 'utf8'))
}

interface TimmTower {
  readonly image_size: number
  readonly patch_size: number
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly hidden: number
  readonly tanh: boolean
  readonly epsilon: number
  readonly pool: 'map' | 'avg'
  readonly class_token: boolean
  readonly parameters: number
}

/** A config of open_clip around one of timm's towers. */
function around(tower: string, width: number, pool: string): OpenCLIPConfig {
  return {
    embed_dim: width,
    vision_cfg: { timm_model_name: tower, timm_pool: pool, timm_proj: 'none' },
    text_cfg: { vocab_size: 90 },
  }
}

function shapeOf({ shape }: Expected): [number, 3, number, number] {
  return shape as [number, 3, number, number]
}

function rowsOf({ data, shape: [rows, columns] }: Expected): number[][] {
  return Array.from({ length: rows! }, (_, row) => data.slice(row * columns!, (row + 1) * columns!))
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  const largest = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0)
  expect(largest).toBeLessThan(1e-5)
}
