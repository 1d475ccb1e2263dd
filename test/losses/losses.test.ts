/** Properties of every batch: results do not depend on chunks or order, edge cases have no NaN, wrong input is refused. */
import {
  add,
  expandDims,
  reshape,
  reverse,
  scalar,
  slice,
  squeeze,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  valueAndGrads,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  contrastiveLoss,
  distillationLoss,
  flairLoss,
  multiPositiveCircleLoss,
  multiPositiveLoss,
  sigmoidLoss,
  subcaptionPatchLoss,
} from '../../src/index'
import { onEachBackend } from '../ops/backends'
import { largestDifference } from '../ops/compare'

interface Pair {
  readonly images: Tensor
  readonly texts: Tensor
  readonly chunkSize?: number
  /** The threshold for patch weights; with 0, the loss is continuous. */
  readonly threshold?: number
  /** Whether the batch is in the other order: inputs other than images and texts must follow. */
  readonly reversed?: boolean
}
const logitScale = 14
const first = (texts: Tensor) => squeeze(slice(texts, [0, 0, 0], [-1, 1, -1]), [1])
const patchesOf = ({ images, texts }: Pair) => add(texts, expandDims(images, 1)) as never

function grouping(negatives: 'image' | 'batch' | 'patches') {
  return ({ images, texts, chunkSize, threshold }: Pair) =>
    subcaptionPatchLoss({
      patches: patchesOf({ images, texts }),
      texts: texts as never,
      logitScale,
      chunkSize,
      negatives,
      threshold,
    })
}

/** Each loss of `images` `[B, C]` and `texts` `[B, K, C]`. */
const losses: Record<string, (pair: Pair) => Scalar> = {
  contrastive: ({ images, texts, chunkSize }) =>
    contrastiveLoss({ images: images as never, texts: first(texts) as never, logitScale, chunkSize }),
  'multi-positive': (pair) => multiPositiveLoss({ ...(pair as Pair & Record<keyof Pair, never>), logitScale }),
  'subcaption-patch': grouping('image'),
  'subcaption-patch over the batch': grouping('batch'),
  'subcaption-patch over images': grouping('patches'),
  circle: (pair) => multiPositiveCircleLoss(pair as Pair & Record<keyof Pair, never>),
  sigmoid: ({ images, texts, chunkSize }) =>
    sigmoidLoss({ images: images as never, texts: first(texts) as never, logitScale, logitBias: -10, chunkSize }),
  flair: ({ images, texts, chunkSize }) =>
    flairLoss({
      images: images as never,
      patches: patchesOf({ images, texts }),
      texts: texts as never,
      pool: poolOf(texts.shape[2]!),
      logitScale,
      logitBias: -10,
      chunkSize,
    }),
  distillation: ({ images, texts, chunkSize, reversed }) =>
    distillationLoss({
      images: images as never,
      texts: first(texts) as never,
      teacherImages: teacher(images.shape[0]!, 99, reversed),
      teacherTexts: teacher(images.shape[0]!, 98, reversed),
      logitScale,
      teacherLogitScale: 5,
      chunkSize,
    }),
}
const names = Object.keys(losses)

/** The step for difference quotients: float32 rounds the differences of shorter steps, and longer ones leave the tangent. */
const step = 3e-3

function teacher(B: number, seed: number, reversed = false): Tensor2D {
  const features = tensor2d(unit(B, 6, seed), [B, 6])
  return reversed ? reverse(features, 0) : features
}

/** FLAIR's pool with weights that look random. */
function poolOf(width: number): ReadonlyMap<string, Tensor> {
  const square = (rows: number, seed: number) => tensor2d(unit(rows, width, seed), [rows, width])
  const norms = ['ln_q', 'ln_k', 'ln_v'].flatMap((name, i) => [
    [`${name}.weight`, add(1, tensor1d(unit(1, width, 20 + i)))] as const,
    [`${name}.bias`, tensor1d(unit(1, width, 30 + i))] as const,
  ])
  return new Map<string, Tensor>([
    ['attn.in_proj_weight', square(3 * width, 11)],
    ['attn.in_proj_bias', tensor1d(unit(3, width, 12))],
    ['attn.out_proj.weight', square(width, 13)],
    ['attn.out_proj.bias', tensor1d(unit(1, width, 14))],
    ...norms,
  ])
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}

/** Rows of unit length that look random. */
function unit(rows: number, width: number, seed: number): Float32Array {
  let state = seed + 1
  const data = Float32Array.from(
    { length: rows * width },
    () => (state = (state * 48_271) % 2_147_483_647) / 2 ** 30 - 1,
  )
  return data.map((value, i) => value / Math.hypot(...data.subarray(i - (i % width), i - (i % width) + width)))
}

/** The cosines of each image with all sub-captions, in float64: `[image][image of the sub-caption][k]` */
function cosinesOf(images: readonly number[], texts: readonly number[], K: number): number[][][] {
  const rows = (of: readonly number[]) => Array.from({ length: of.length / 8 }, (_, i) => of.slice(8 * i, 8 * i + 8))
  const captions = rows(texts)
  return rows(images).map((image, _, { length }) =>
    Array.from({ length }, (_, j) =>
      Array.from({ length: K }, (_, k) => captions[j * K + k]!.reduce((sum, x, at) => sum + x * image[at]!, 0)),
    ),
  )
}

/** Sun et al. 2020, equation 6, with γ = 32 and m = 0.25, each pair weighted by cosines other than its own. */
function circle(cosines: readonly number[][][], weights: readonly number[][][]): number {
  const ofImages = cosines.map((row, i) => {
    const logit = (c: number, of: number) => 32 * Math.max(0, of + 0.25) * (c - 0.25)
    const positives = row[i]!.reduce((sum, c, k) => sum + Math.exp(logit(1 - c, 1 - weights[i]![i]![k]!)), 0)
    const others = row.flatMap((ks, j) => (j === i ? [] : ks.map((c, k) => Math.exp(logit(c, weights[i]![j]![k]!)))))
    return Math.log1p(others.reduce((sum, x) => sum + x, 0) * positives)
  })
  return ofImages.reduce((sum, x) => sum + x, 0) / ofImages.length
}

/** The loss, then its gradients for images and texts. */
function results(
  name: string,
  images: Tensor,
  texts: Tensor,
  chunkSize?: number,
  settings: Pick<Pair, 'threshold' | 'reversed'> = {},
): Float32Array[] {
  return tidy(() => {
    const loss = (images: Tensor, texts: Tensor) => losses[name]!({ images, texts, chunkSize, ...settings })
    const { value, grads } = valueAndGrads(loss)([images, texts])
    return [value, ...grads].map((tensor) => tensor.dataSync<'float32'>().slice())
  })
}

const batches = fc.record({
  B: fc.integer({ min: 1, max: 7 }),
  K: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
})
const imagesOf = (B: number, seed: number) => tensor2d(unit(B, 8, seed), [B, 8])
const textsOf = (B: number, K: number, seed: number) => tensor3d(unit(B * K, 8, seed + 7), [B, K, 8])

function expectClose(actual: readonly Float32Array[], expected: readonly Float32Array[], tolerance: number): void {
  actual.forEach((values, i) => {
    const largest = Math.max(1e-3, ...expected[i]!.map(Math.abs))
    expect(largestDifference(values, expected[i]!)).toBeLessThanOrEqual(tolerance * largest)
  })
}

/** A batch has the same value in another order. */
function expectSame(name: string, reorder: (pair: Pair) => Pair): void {
  fc.assert(
    fc.property(batches, ({ B, K, seed }) => {
      const pair = { images: imagesOf(B, seed), texts: textsOf(B, K, seed) }
      const [value, turned] = [pair, reorder(pair)].map((pair) => losses[name]!(pair).dataSync<'float32'>())
      expectClose([turned!], [value!], 5e-6)
    }),
    { numRuns: 15, seed: 1 },
  )
}

onEachBackend(() => {
  describe.each(names)('%s', (name) => {
    it('has the same value and gradients in chunks of any size', () => {
      const sizes = fc.integer({ min: 1, max: 6 })
      fc.assert(
        fc.property(batches, sizes, ({ B, K, seed }, chunkSize) => {
          const [images, texts] = [imagesOf(B, seed), textsOf(B, K, seed)]
          expectClose(results(name, images, texts, chunkSize), results(name, images, texts), 5e-6)
        }),
        { numRuns: 15, seed: 1 },
      )
    })

    it('has no NaN if everything ties', () => {
      for (const [B, K] of [
        [1, 1],
        [3, 2],
      ] as const) {
        const all = results(
          name,
          tensor2d(Array(B * 8).fill(8 ** -0.5), [B, 8]),
          tensor3d(Array(B * K * 8).fill(8 ** -0.5), [B, K, 8]),
        )
        expect(all.every((values) => values.every(Number.isFinite))).toBe(true)
      }
    })
  })

  // FLAIR's loss draws different texts if the images are in another order.
  it.each(names.filter((name) => name !== 'flair'))('does not depend on the order of the images: %s', (name) => {
    expectSame(name, ({ images, texts }) => ({ images: reverse(images, 0), texts: reverse(texts, 0), reversed: true }))
  })

  it.each(names.filter((name) => /multi-positive|subcaption|circle/.test(name)))(
    'does not depend on the order of the sub-captions of an image: %s',
    (name) => expectSame(name, ({ images, texts }) => ({ images, texts: reverse(texts, 1) })),
  )

  // Not the circle loss, whose gradient treats the weights of pairs as constants. It has its own test below.
  it.each(names.filter((name) => name !== 'circle'))('has the gradient of finite differences: %s', (name) => {
    fc.assert(
      fc.property(batches, ({ B, K, seed }) => {
        const [images, texts] = [imagesOf(B, seed), textsOf(B, K, seed)]
        const [, ofImages, ofTexts] = results(name, images, texts, undefined, { threshold: 0 })
        const [alongImages, alongTexts] = [unit(1, B * 8, seed + 3), unit(1, B * K * 8, seed + 4)]
        const valueAt = (h: number) =>
          tidy(() => {
            const moved = {
              images: add(
                images,
                tensor2d(
                  alongImages.map((x) => h * x),
                  [B, 8],
                ),
              ),
              texts: add(
                texts,
                tensor3d(
                  alongTexts.map((x) => h * x),
                  [B, K, 8],
                ),
              ),
            }
            return losses[name]!({ ...moved, threshold: 0 }).dataSync()[0]!
          })
        const slope = (valueAt(step) - valueAt(-step)) / (2 * step)
        const steepest = Math.hypot(...ofImages!, ...ofTexts!)
        expect(Math.abs(slope - dot(ofImages!, alongImages) - dot(ofTexts!, alongTexts))).toBeLessThan(
          0.01 * steepest + 1e-3,
        )
      }),
      { numRuns: 15, seed: 1 },
    )
  })

  it('has the gradient of finite differences with the weights of pairs held constant: circle', () => {
    fc.assert(
      fc.property(batches, ({ B, K, seed }) => {
        const [images, texts] = [unit(B, 8, seed), unit(B * K, 8, seed + 7)]
        const [value, ...gradients] = results('circle', tensor2d(images, [B, 8]), tensor3d(texts, [B, K, 8]))
        const along = [unit(1, B * 8, seed + 3), unit(1, B * K * 8, seed + 4)] as const
        const moved = (h: number) =>
          [images, texts].map((from, i) => Array.from(from, (x, at) => x + h * along[i]![at]!)) as [number[], number[]]
        const cosinesAt = (h: number) => cosinesOf(...moved(h), K)
        const still = cosinesAt(0)
        const valueAt = (h: number) => circle(cosinesAt(h), still)
        expect(Math.abs(valueAt(0) - value![0]!)).toBeLessThan(1e-5 * Math.max(1, valueAt(0)))
        const slope = (valueAt(1e-5) - valueAt(-1e-5)) / 2e-5
        const steepest = Math.hypot(...gradients.flatMap((gradient) => [...gradient]))
        const ours = dot(gradients[0]!, along[0]) + dot(gradients[1]!, along[1])
        expect(Math.abs(slope - ours)).toBeLessThan(1e-5 * steepest + 1e-6)
      }),
      { numRuns: 15, seed: 1 },
    )
  })

  describe('the texts that flairLoss compares an image with', () => {
    const pair = () => ({ patches: tensor3d(unit(4 * 5, 8, 3), [4, 5, 8]), texts: textsOf(4, 3, 9) })
    const valueOf = (options: object) =>
      flairLoss({ ...pair(), pool: poolOf(8), logitScale, logitBias: -2, ...options }).dataSync()[0]!

    it('are its own and one of each other image, drawn from the seed', () => {
      expect(valueOf({ seed: 1 })).toBe(valueOf({ seed: 1 }))
      expect(valueOf({ seed: 1 })).not.toBe(valueOf({ seed: 2 }))
    })

    it('may be given in any order', () => {
      const rows = [
        [0, 1, 2, 4, 8, 9],
        [2, 3, 4, 5, 7, 10],
        [2, 5, 6, 7, 8, 11],
        [0, 5, 6, 9, 10, 11],
      ]
      const reversed = rows.map((row) => [...row].reverse())
      expect(valueOf({ negatives: reversed })).toBeCloseTo(valueOf({ negatives: rows }), 5)
    })

    it('may be the rows of a matrix', () => {
      expect(valueOf({ texts: reshape(pair().texts, [12, 8]) })).toBe(valueOf({}))
    })

    it.each([
      ['too few rows', [[0, 1, 2, 4, 8, 9]]],
      ['a text that does not exist', Array(4).fill([0, 1, 2, 4, 8, 12])],
      ['a fraction', Array(4).fill([0, 1, 2, 4, 8, 0.5])],
    ])('are refused: %s', (_, negatives) => {
      expect(() => valueOf({ negatives })).toThrow('flairLoss: negatives: expected [4, 6] indices below 12')
    })
  })

  it('flairLoss names the parameter that its pool lacks', () => {
    const pool = new Map(poolOf(8))
    pool.delete('ln_k.bias')
    const pair = { patches: tensor3d(unit(5, 8, 3), [1, 5, 8]), texts: textsOf(1, 3, 9) }
    expect(() => flairLoss({ ...pair, pool, logitScale, logitBias: 0 })).toThrow(
      "flairLoss: pool, 'ln_k.bias': expected a tensor of shape [8]; got nothing",
    )
  })

  it('has one value for one sub-caption, contrastive or multi-positive', () => {
    const [images, texts] = [imagesOf(5, 3), textsOf(5, 1, 3)]
    expectClose(results('multi-positive', images, texts), results('contrastive', images, texts), 1e-7)
  })

  it.each([1, 100, 1e4])('stays finite at a factor of %d', (logitScale) => {
    const [images, texts] = [imagesOf(5, 3), textsOf(5, 1, 3)]
    const loss = (factor: Tensor) =>
      contrastiveLoss({ images, texts: first(texts) as never, logitScale: factor as Scalar })
    const { value, grads } = valueAndGrads(loss)([scalar(logitScale)])
    expect([value, ...grads].every((tensor) => Number.isFinite(tensor.dataSync()[0]))).toBe(true)
  })

  it('weights all patches equally if no weight reaches the threshold', () => {
    const patches = tensor3d(unit(6, 8, 1), [2, 3, 8])
    const texts = textsOf(2, 2, 5)
    const loss = (threshold: number, normalization: 'minmax' | 'softmax') =>
      subcaptionPatchLoss({ patches, texts, logitScale, threshold, normalization }).dataSync()[0]!
    expect(loss(2, 'minmax')).toBeCloseTo(loss(2, 'softmax'), 6)
    expect(loss(2, 'minmax')).not.toBeCloseTo(loss(0, 'minmax'), 3)
  })

  it('with negatives of patches, tells the image from the others by the patches that a sub-caption gathers from each', () => {
    const [B, K, P] = [3, 2, 5]
    const [patches, texts] = [unit(B * P, 8, 3), unit(B * K, 8, 5)]
    const row = (of: Float32Array, i: number) => of.subarray(8 * i, 8 * i + 8)
    const gathered = (text: Float32Array, image: number) => {
      const own = Array.from({ length: P }, (_, p) => row(patches, image * P + p))
      const cosines = own.map((patch) => dot(patch, text))
      const [least, range] = [Math.min(...cosines), Math.max(...cosines) - Math.min(...cosines)]
      const weights = cosines.map((cosine) => (cosine - least) / range).map((w) => (w >= 1 / P ? w : 0))
      const sum = text.map((_, c) => own.reduce((total, patch, p) => total + weights[p]! * patch[c]!, 0))
      return dot(sum, text) / Math.hypot(...sum)
    }
    const each = Array.from({ length: B * K }, (_, i) => {
      const logits = Array.from({ length: B }, (_, image) => logitScale * gathered(row(texts, i), image))
      return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[Math.floor(i / K)]!
    })
    const expected = each.reduce((sum, loss) => sum + loss, 0) / each.length
    const loss = subcaptionPatchLoss({
      patches: tensor3d(patches, [B, P, 8]),
      texts: tensor3d(texts, [B, K, 8]),
      logitScale,
      negatives: 'patches',
    })
    expectClose([loss.dataSync<'float32'>()], [Float32Array.of(expected)], 1e-5)
  })

  it('is small for patches that know nothing of their image, unless negatives are patches', () => {
    const [B, K] = [4, 3]
    const directions = unit(K, 8, 1)
    const codebook = tensor3d(Array.from({ length: B }, () => [...directions]).flat(), [B, K, 8]) // the same in all images
    const loss = (negatives: 'image' | 'patches') =>
      subcaptionPatchLoss({
        patches: codebook,
        texts: codebook,
        logitScale: 50,
        threshold: 0.9,
        negatives,
      }).dataSync()[0]!
    expect(loss('image')).toBeLessThan(0.01)
    expect(loss('patches')).toBeCloseTo(Math.log(B), 5)
  })

  describe('losses refuse', () => {
    let images: Tensor2D
    beforeAll(() => {
      images = imagesOf(2, 1)
    })
    it('features whose shapes do not match', () => {
      expect(() => contrastiveLoss({ images, texts: imagesOf(3, 1), logitScale })).toThrow(
        'contrastiveLoss: texts: expected shape [2, 8]; got [3, 8].',
      )
    })
    it('a chunk size of 0 and a factor that is not a scalar', () => {
      expect(() => contrastiveLoss({ images, texts: images, logitScale, chunkSize: 0 })).toThrow(
        /chunkSize: expected a whole/,
      )
      expect(() => contrastiveLoss({ images, texts: images, logitScale: images as never })).toThrow(
        /logitScale: expected/,
      )
    })
    it('a pool without one of its parameters, also a Map whose keys have no text', () => {
      const options = { patches: textsOf(2, 3, 1), texts: textsOf(2, 2, 1), logitScale, logitBias: -2 }
      for (const pool of [{}, new Map(), new Map([[Object.create(null) as string, images]])]) {
        expect(() => flairLoss({ ...options, pool: pool as never })).toThrow(
          "flairLoss: pool, 'attn.in_proj_weight': expected a tensor of shape [24, 8]; got nothing.",
        )
      }
    })
    it('options that do not exist', () => {
      const options = { patches: textsOf(2, 3, 1), texts: textsOf(2, 2, 1), logitScale }
      expect(() => subcaptionPatchLoss({ ...options, negatives: 'all' as never })).toThrow(
        /negatives: expected one of image, batch, patches/,
      )
      expect(() => subcaptionPatchLoss({ ...options, threshold: NaN })).toThrow(/threshold: expected/)
    })
  })
})
