/** Less common configs, dense attention, wide grids and gradients, against open_clip's own modules (test/parity/models.py). */
import { readFileSync } from 'node:fs'
import {
  add,
  grads,
  memory,
  mul,
  sum,
  tensor,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeImage, encodePatches, encodeText, projectPatches } from '../../src/models/clip/clip'
import { parseConfig, type OpenCLIPConfig } from '../../src/models/config/config'
import { visionTransformer } from '../../src/models/layers/vision-transformer'
import { largestDifference } from '../ops/compare'
import { onEachBackend } from '../ops/backends'
import { endPositions, placeWeights, tokenIds, type GoldenValues } from './golden'
import { pattern, patternWeights } from './pattern'

interface Variant {
  config: OpenCLIPConfig
  tokens: number[][]
  image_features_raw: GoldenValues
  wide_image_features_raw: GoldenValues
  text_features_raw: GoldenValues
  patch_tokens: GoldenValues
  value_patch_tokens: GoldenValues
  correlative_patch_tokens: GoldenValues
  gradients: Record<string, [number, number]>
}

const variants = JSON.parse(readFileSync('test/fixtures/models/variants.json', 'utf8')) as Record<string, Variant>

onEachBackend(() => {
  describe.each(Object.keys(variants))('%s', (name) => {
    const golden = variants[name]!
    const config = parseConfig(golden.config)
    let parameters: Map<string, Tensor>
    let pixels: Tensor4D
    beforeAll(() => {
      parameters = placeWeights(patternWeights(config))
      pixels = randomPixels(1000, [2, 3, 24, 24])
    })
    afterAll(() => {
      parameters.forEach((parameter) => parameter.dispose())
      pixels.dispose()
    })

    it('embeds images', () => {
      expectClose(encodeImage(parameters, pixels, config), golden.image_features_raw)
    })

    it('embeds images of another aspect with the same number of patches', () => {
      expectClose(encodeImage(parameters, randomPixels(1001, [1, 3, 8, 72]), config), golden.wide_image_features_raw)
    })

    it('embeds texts', () => {
      const { tokens } = golden
      expectClose(encodeText(parameters, tokenIds(tokens), endPositions(tokens), config), golden.text_features_raw)
    })

    it.each(['standard', 'value', 'correlative'] as const)('gives patch tokens with %s attention', (attention) => {
      const key = attention === 'standard' ? 'patch_tokens' : (`${attention}_patch_tokens` as const)
      const { image, patches } = encodePatches(parameters, pixels, config, attention)
      expectClose(patches, golden[key])
      expectClose(image, golden.image_features_raw)
    })

    it('has the gradients of PyTorch for every parameter', () => {
      const names = Object.keys(golden.gradients)
      const loss = (...values: Tensor[]): Scalar => {
        const p = new Map([...parameters, ...names.map((name, i) => [name, values[i]!] as const)])
        const { image, patches } = encodePatches(p, pixels, config, 'standard')
        const text = encodeText(p, tokenIds(golden.tokens), endPositions(golden.tokens), config)
        return add(add(dotPattern(image, 1002), dotPattern(patches, 1003)), dotPattern(text, 1004))
      }
      const gradients = grads(loss)(names.map((name) => parameters.get(name)!))
      names.forEach((name, i) => {
        const values = [...gradients[i]!.dataSync<'float32'>()]
        const weights = pattern(2000, gradients[i]!.shape)
        const [dotted, absolute] = golden.gradients[name]!
        const found = [
          values.reduce((total, value, j) => total + value * weights[j]!, 0),
          values.reduce((total, value) => total + Math.abs(value), 0),
        ]
        expect(Math.abs(found[0]! - dotted), name).toBeLessThan(1e-5 * (1 + absolute))
        expect(Math.abs(found[1]! - absolute), name).toBeLessThan(1e-5 * (1 + absolute))
        gradients[i]!.dispose()
      })
    })

    it('leaves only its results on the device', () => {
      const before = memory().numTensors
      encodeImage(parameters, pixels, config).dispose()
      visionTransformer(parameters, pixels, config).dispose()
      const { image, patches } = encodePatches(parameters, pixels, config, 'correlative')
      const projected = projectPatches(parameters, patches, config)
      expect(memory().numTensors).toBe(before + 3)
      for (const result of [image, patches, projected]) result.dispose()
    })
  })
})

function randomPixels(stream: number, shape: [number, number, number, number]): Tensor4D {
  return tensor(
    Float32Array.from(pattern(stream, shape), (value) => 2 * value),
    shape,
  ) as Tensor4D
}

function dotPattern(x: Tensor, stream: number): Scalar {
  return tidy(() => sum(mul(x, tensor(Float32Array.from(pattern(stream, x.shape)), x.shape))))
}

function expectClose(actual: Tensor, expected: GoldenValues): void {
  expect(actual.shape).toEqual(expected.shape)
  expect(largestDifference(actual.dataSync(), expected.data)).toBeLessThan(1e-5)
  actual.dispose()
}
