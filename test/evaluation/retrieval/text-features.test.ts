import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverageFeatures, textFeatures } from '../../../src/evaluation/retrieval/text-features'
import { cosineSimilarity, normalizeRows, type Embeddings } from '../../../src/inference/embeddings/embeddings'
import { DreamLIP } from '../../../src/index'
import { createRandom } from '../../../src/random'
import { smallConfig } from '../small-model'

function randomRows(count: number, width: number, seed: number): Embeddings {
  const { normal } = createRandom(seed)
  return normalizeRows({ data: Float32Array.from({ length: count * width }, normal), shape: [count, width] })
}

const dot = (a: Embeddings, i: number, b: Embeddings, j: number) =>
  Array.from({ length: a.shape[1] }, (_, d) => a.data[i * a.shape[1] + d]! * b.data[j * b.shape[1] + d]!).reduce(
    (x, y) => x + y,
    0,
  )

describe('coverage', () => {
  it('has cosines in the order of the scores that its definition gives', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 6 }), (seed, count) => {
        const [images, sentences] = [randomRows(count, 5, seed), randomRows(7, 5, seed + 1)]
        const rows = [[0], [1, 2], [3, 4, 5], [6, 0]]
        const features = coverageFeatures(images, sentences, rows)
        const cosines = cosineSimilarity(features.images, features.texts)
        const average = (sentence: number) =>
          Array.from({ length: count }, (_, image) => dot(images, image, sentences, sentence)).reduce(
            (a, b) => a + b,
            0,
          ) / count
        const scores = Array.from({ length: count }, (_, image) =>
          rows.map(
            (own) => own.reduce((sum, s) => sum + dot(images, image, sentences, s) - average(s), 0) / own.length,
          ),
        ).flat()
        // All rows on one side have equal length, so the cosines are the scores times a constant factor.
        const largest = Math.max(...scores.map(Math.abs))
        const factor =
          cosines.data[scores.findIndex((score) => Math.abs(score) === largest)]! /
          scores.find((score) => Math.abs(score) === largest)!
        expect(factor).toBeGreaterThan(0)
        scores.forEach((score, i) => expect(cosines.data[i]).toBeCloseTo(score * factor, 5))
      }),
    )
  })

  it('names the texts with a sentence that was cut', async () => {
    const model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
    const long = `${'word '.repeat(90)}`
    const images = randomRows(2, 16, 1)
    const texts = ['A dog. A cat.', `A dog. ${long}`, '?']
    const coverage = await textFeatures(model, images, texts, 'coverage', {})
    expect(coverage.truncated).toEqual([{ index: 1, tokens: 92 }])
    expect(coverage.images.shape).toEqual([2, 18])
    const cut = await textFeatures(model, images, texts, 'truncate', {})
    expect(cut.truncated.map(({ index }) => index)).toEqual([1])
    expect(cut.images).toBe(images)
    model.dispose()
  })
})
