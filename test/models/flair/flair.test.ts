/** FLAIR's towers, pool, scores and attention on each backend, against PyTorch's own modules (test/parity/flair.py). */
import { tensor, tensor2d, tensor3d, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeImage, encodePatches, encodeText, projectPatches } from '../../../src/models/clip/clip'
import { parseConfig } from '../../../src/models/config/config'
import { attention, scores } from '../../../src/models/flair/pairs'
import { createModel, parameterShapes } from '../../../src/models/parameters'
import golden from '../../fixtures/models/flair.json'
import { onEachBackend } from '../../ops/backends'
import { largestDifference } from '../../ops/compare'
import { endPositions, placeWeights, tokenIds } from '../golden'
import { pattern, patternWeights } from '../pattern'

const config = parseConfig({ ...golden.config, family: 'flair' })

function expectClose(actual: Tensor, expected: { shape: number[]; data: number[] }): void {
  expect(actual.shape).toEqual(expected.shape)
  expect(largestDifference(actual.dataSync(), expected.data)).toBeLessThanOrEqual(1e-5)
}

onEachBackend(() => {
  let parameters: Map<string, Tensor>
  beforeAll(() => {
    parameters = placeWeights(patternWeights(config))
  })
  afterAll(() => parameters.forEach((parameter) => parameter.dispose()))

  it('projects the class token, patches and texts with the names of FLAIR', () => {
    tidy(() => {
      const values = pattern(1000, [2, 3, 24, 24]).map((value) => 2 * value)
      const pixels = tensor(Float32Array.from(values), [2, 3, 24, 24]) as Tensor4D
      expectClose(encodeImage(parameters, pixels, config), golden.image)
      const { patches } = encodePatches(parameters, pixels, config, 'standard')
      expectClose(projectPatches(parameters, patches, config, false), golden.patches)
      const { tokens } = golden
      expectClose(encodeText(parameters, tokenIds(tokens), endPositions(tokens), config), golden.text)
    })
  })

  it('scores pairs, and attends to patches, as nn.MultiheadAttention with a zero key does', () => {
    tidy(() => {
      const texts = tensor2d(golden.text.data, golden.text.shape as [number, number])
      const patches = tensor3d(golden.patches.data, golden.patches.shape as [number, number, number])
      expectClose(scores(parameters, texts, patches), golden.logits)
      expectClose(attention(parameters, texts, patches), golden.attention)
    })
  })
})

describe("FLAIR's parameters", () => {
  it('have the names and the order of its state_dict', () => {
    expect([...parameterShapes(config).keys()]).toEqual(golden.names)
  })

  it('start as in its training: scale 10, bias -10, layer norms that change nothing', () => {
    const { parameters } = createModel(config)
    expect(Math.exp(parameters.get('logit_scale')!.data[0]!)).toBeCloseTo(10, 5)
    expect([...parameters.get('logit_bias')!.data]).toEqual([-10])
    expect(new Set(parameters.get('visual_proj.ln_q.weight')!.data)).toEqual(new Set([1]))
    expect(new Set(parameters.get('visual_proj.attn.in_proj_bias')!.data)).toEqual(new Set([0]))
    const bound = Math.sqrt(6 / (4 * 16))
    const weights = parameters.get('visual_proj.attn.in_proj_weight')!.data
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(bound)
    expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(0.9 * bound)
  })

  it('need a width that the eight heads of the pool divide', () => {
    expect(() => parameterShapes({ ...config, embedDim: 20 })).toThrowError(
      /embedDim: the 8 heads of FLAIR's pool do not divide 20/,
    )
  })

  it('are those of a known family only', () => {
    expect(() => parameterShapes({ ...config, family: 'flare' })).toThrowError(
      /family: expected flair.*, or none for CLIP, got "flare"/,
    )
  })
})
