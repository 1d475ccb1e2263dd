/** Properties of the towers, in addition to the golden values. */
import { memory, norm, slice, tensor, tensor1d, tensor2d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeImage, encodePatches, encodeText, encodeTextRows, projectPatches } from '../../../src/models/clip/clip'
import { parseConfig } from '../../../src/models/config/config'
import { applyNorm } from '../../../src/models/layers/layers'
import { scope } from '../../../src/models/layers/scope'
import { textTransformer } from '../../../src/models/layers/text-transformer'
import { visionTransformer } from '../../../src/models/layers/vision-transformer'
import { onEachBackend } from '../../ops/backends'
import { largestDifference } from '../../ops/compare'
import { endPositions, placeWeights, tokenIds } from '../golden'
import { pattern, patternWeights } from '../pattern'

const openClip = {
  embed_dim: 20,
  vision_cfg: { image_size: 24, layers: 3, width: 32, patch_size: 8, head_width: 8 },
  text_cfg: { context_length: 12, vocab_size: 40, width: 16, heads: 2, layers: 3 },
}
const config = parseConfig(openClip)
const tokens = [
  [38, 5, 17, 39, 0, 0, 0, 0, 0, 0, 0, 0],
  [38, 7, 39, 0, 0, 0, 0, 0, 0, 0, 0, 0],
]

onEachBackend(() => {
  let parameters: Map<string, Tensor>
  let pixels: Tensor4D
  beforeAll(() => {
    parameters = placeWeights(patternWeights(config))
    pixels = tensor(Float32Array.from(pattern(1, [3, 3, 24, 24])), [3, 3, 24, 24]) as Tensor4D
  })
  afterAll(() => {
    parameters.forEach((parameter) => parameter.dispose())
    pixels.dispose()
  })

  describe('encodeImage', () => {
    it('computes the last block only for the class token, with the same result as the whole tower', () => {
      const whole = visionTransformer(parameters, pixels, config) // [3, 10, 32]
      const normed = applyNorm(scope(parameters, ''), 'visual.ln_post', whole)
      const classTokens = slice(normed, [0, 0, 0], [3, 1, 32]).dataSync()
      const projection = parameters.get('visual.proj')!.dataSync()
      const expected = Float32Array.from({ length: 60 }, (_, i) => {
        let total = 0
        for (let d = 0; d < 32; d++) total += classTokens[Math.floor(i / 20) * 32 + d]! * projection[d * 20 + (i % 20)]!
        return total
      })
      expect(largestDifference(encodeImage(parameters, pixels, config).dataSync(), expected)).toBeLessThan(1e-6)
    })

    it('embeds an image alone and among others alike', () => {
      const together = encodeImage(parameters, pixels, config).dataSync()
      const alone = encodeImage(parameters, slice(pixels, [1, 0, 0, 0], [1, 3, 24, 24]), config).dataSync()
      expect(largestDifference(alone, together.slice(20, 40))).toBeLessThan(1e-6)
    })

    it('ignores pixels beyond the last whole patch, as the convolution does', () => {
      const larger = tensor(Float32Array.from(pattern(1, [1, 3, 27, 31])), [1, 3, 27, 31]) as Tensor4D
      const cropped = slice(larger, [0, 0, 0, 0], [1, 3, 24, 24])
      const [a, b] = [encodeImage(parameters, larger, config), encodeImage(parameters, cropped, config)]
      expect([...a.dataSync()]).toEqual([...b.dataSync()])
    })

    it('refuses images with another number of patches, and names both numbers', () => {
      const small = tensor(new Float32Array(3 * 16 * 24), [1, 3, 16, 24]) as Tensor4D
      expect(() => encodeImage(parameters, small, config)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringMatching(/2 × 3 patches.*for 9 patches/),
        }),
      )
    })

    it('names a parameter that is missing', () => {
      const incomplete = new Map(parameters)
      incomplete.delete('visual.transformer.resblocks.1.mlp.c_fc.bias')
      expect(() => encodeImage(incomplete, pixels, config)).toThrow(
        /'visual\.transformer\.resblocks\.1\.mlp\.c_fc\.bias' is missing/,
      )
    })
  })

  describe('encodePatches', () => {
    it("gives encodeImage's embedding together with the patches, whatever the attention", () => {
      const expected = encodeImage(parameters, pixels, config).dataSync()
      for (const attention of ['standard', 'value', 'correlative'] as const) {
        const { image, patches } = encodePatches(parameters, pixels, config, attention)
        expect(largestDifference(image.dataSync(), expected)).toBeLessThan(1e-6)
        expect(patches.shape).toEqual([3, 9, 32])
      }
    })

    it('mixes no tokens with `value`: in the last block, a patch depends only on itself', () => {
      const single = parseConfig({ ...openClip, vision_cfg: { ...openClip.vision_cfg, layers: 1 } })
      const changed = pixels.dataSync().slice()
      changed.fill(0, 0, 8) // the first row of the first patch
      const before = encodePatches(parameters, pixels, single, 'value').patches.dataSync()
      const after = encodePatches(parameters, tensor(changed, [3, 3, 24, 24]), single, 'value').patches.dataSync()
      expect(largestDifference(after.slice(0, 32), before.slice(0, 32))).toBeGreaterThan(1e-3)
      expect(largestDifference(after.slice(32), before.slice(32))).toBeLessThan(1e-6)
    })
  })

  describe('projectPatches', () => {
    it('projects by visual.proj to unit length', () => {
      const { patches } = encodePatches(parameters, pixels, config, 'standard')
      const projected = projectPatches(parameters, patches, config)
      expect(projected.shape).toEqual([3, 9, 20])
      for (const length of norm(projected, 2, -1).dataSync()) expect(length).toBeCloseTo(1, 5)
    })

    it('projects by visual.proj2 if the model has it', () => {
      const { patches } = encodePatches(parameters, pixels, config, 'standard')
      const plain = projectPatches(parameters, patches, config).dataSync()
      const own = new Map([
        ...parameters,
        ['visual.proj2', tensor2d(Float32Array.from(pattern(7, [32, 20])), [32, 20])] as const,
      ])
      expect(largestDifference(projectPatches(own, patches, config).dataSync(), plain)).toBeGreaterThan(0.1)
      own.set('visual.proj2', parameters.get('visual.proj')!)
      expect([...projectPatches(own, patches, config).dataSync()]).toEqual([...plain])
    })
  })

  describe('encodeText', () => {
    const encode = (rows: number[][], length?: number) =>
      encodeText(parameters, tokenIds(rows, length), endPositions(rows), config).dataSync()

    it('gives the same result at a batch’s own length as at the full context', () => {
      expect(largestDifference(encode(tokens, 4), encode(tokens))).toBeLessThan(1e-6)
    })

    it('does not depend on what follows the end token', () => {
      const padded = tokens.map((row) => row.map((id, i) => (i > row.indexOf(39) ? 11 : id)))
      expect([...encode(padded)]).toEqual([...encode(tokens)])
    })

    it('computes the last block only for the end token, with the same result as the whole tower', () => {
      const whole = textTransformer(parameters, tokenIds(tokens), config) // [2, 12, 16]
      const normed = applyNorm(scope(parameters, ''), 'ln_final', whole).dataSync()
      const projection = parameters.get('text_projection')!.dataSync()
      const expected = Float32Array.from({ length: 40 }, (_, i) => {
        const text = Math.floor(i / 20)
        let total = 0
        for (let d = 0; d < 16; d++) {
          total += normed[(text * 12 + tokens[text]!.indexOf(39)) * 16 + d]! * projection[d * 20 + (i % 20)]!
        }
        return total
      })
      expect(largestDifference(encode(tokens), expected)).toBeLessThan(1e-6)
    })

    it('pools at the given position', () => {
      const early = encodeText(parameters, tokenIds(tokens), tensor1d([1, 1], 'int32'), config).dataSync()
      const short = tokens.map((row) => [...row.slice(0, 2), ...new Array<number>(10).fill(0)])
      const expected = encodeText(parameters, tokenIds(short, 2), tensor1d([1, 1], 'int32'), config).dataSync()
      expect(largestDifference(early, expected)).toBeLessThan(1e-6)
    })

    it('refuses texts longer than the context, and names both lengths', () => {
      const long = tensor2d(new Int32Array(13), [1, 13], 'int32')
      expect(() => encodeText(parameters, long, tensor1d([12], 'int32'), config)).toThrow(/at most 12 tokens.*got 13/)
    })

    it('gives texts that share a prefix in a row the same embeddings as alone', () => {
      // [38 5 [17 39] [20 39]] [38 7 39]: two texts with a common prefix, then a separate text, then an unused column
      const rows = {
        ids: tensor2d([38, 5, 17, 39, 20, 39, 38, 7, 39, 0], [1, 10], 'int32'),
        positions: tensor2d([0, 1, 2, 3, 2, 3, 0, 1, 2, 0], [1, 10], 'int32'),
        reaches: tensor2d([6, 6, 4, 4, 6, 6, 9, 9, 9, 10], [1, 10], 'int32'),
        ends: tensor2d([3, 5, 8], [1, 3], 'int32'),
      }
      const before = memory().numTensors
      const together = encodeTextRows(parameters, rows, config)
      expect(memory().numTensors).toBe(before + 1)
      expect(together.shape).toEqual([3, 20])
      const alone = [
        [38, 5, 17, 39],
        [38, 5, 20, 39],
        [38, 7, 39],
      ].flatMap((row) => [...encode([row])])
      expect(largestDifference(together.dataSync(), alone)).toBeLessThan(1e-6)
    })

    it('leaves only its result on the device', () => {
      const [ids, ends] = [tokenIds(tokens), endPositions(tokens)]
      const before = memory().numTensors
      encodeText(parameters, ids, ends, config)
      expect(memory().numTensors).toBe(before + 1)
    })
  })
})
