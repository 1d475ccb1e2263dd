import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { evaluateRetrieval, retrievalOf } from '../../../src/evaluation/retrieval/retrieval'
import { DreamLIP } from '../../../src/index'
import { plainPicture, smallConfig } from '../small-model'

/** `[images, texts]` */
function similarities(rows: readonly (readonly number[])[]) {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]!.length] as const }
}

describe('retrievalOf', () => {
  it('counts an image if any of its texts is among the first K, and a text if its image is', () => {
    // Image 0 has texts 0 and 1, image 1 has text 2.
    const found = retrievalOf(
      similarities([
        [0.1, 0.9, 0.5],
        [0.2, 0.95, 0.6],
      ]),
      [0, 0, 1],
      [1, 2],
    )
    // Image 1 ranks text 1 above its own. Texts 0 and 1 rank image 1 above their own.
    expect(found).toEqual({ imageToText: { 1: 0.5, 2: 1 }, textToImage: { 1: 1 / 3, 2: 1 } })
  })

  it('counts no hits if all similarities tie or are NaN', () => {
    for (const value of [0.5, NaN]) {
      const found = retrievalOf(
        similarities([
          [value, value],
          [value, value],
        ]),
        [0, 1],
        [1],
      )
      expect(found).toEqual({ imageToText: { 1: 0 }, textToImage: { 1: 0 } })
    }
  })

  it('finds the same images as sorting does', () => {
    const matrix = fc.integer({ min: 1, max: 8 }).chain((n) =>
      fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: n * n, maxLength: n * n }).map((values) => ({
        n,
        values,
      })),
    )
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: 8 }), ({ n, values }, k) => {
        const own = Array.from({ length: n }, (_, i) => i)
        const hits = own.filter((image) => {
          const row = own.map((text) => [values[image * n + text]!, text] as const).sort((a, b) => b[0] - a[0])
          return row.slice(0, k).some(([, text]) => text === image)
        })
        const found = retrievalOf({ data: Float32Array.from(values), shape: [n, n] }, own, [k])
        expect(found.imageToText[k]).toBe(hits.length / n)
      }),
    )
  })

  it('refuses a K of 0', () => {
    expect(() => retrievalOf(similarities([[1]]), [0], [0])).toThrow(
      /at\[0\]: expected a whole number of at least 1; got 0/,
    )
  })
})

describe('evaluateRetrieval', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())
  afterEach(() => vi.restoreAllMocks())

  it('gives the same shares as a count by hand', async () => {
    // Each image is an axis; a last axis gives texts unit length, so that their values are the cosines.
    const cosines = [
      [0.1, 0.3, 0.2], // texts of image 0
      [0.5, 0.4, 0.3],
      [0.6, 0.2, 0.1], // the text of image 1
      [0.2, 0.7, 0.6], // texts of image 2
      [0, 0.1, 0.4],
    ]
    const texts = cosines.map((row) => [...row, Math.sqrt(1 - row.reduce((sum, x) => sum + x * x, 0))])
    const axes = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    vi.spyOn(model, 'encodeImage').mockResolvedValue({ data: axes, shape: [3, 4] })
    vi.spyOn(model, 'encodeText').mockImplementation((captions) => {
      expect(captions).toEqual(['0a', '0b', '1', '2a', '2b'])
      return Promise.resolve({ data: Float32Array.from(texts.flat()), shape: [5, 4], truncated: [] })
    })
    const samples = [['0a', '0b'], ['1'], ['2a', '2b']].map((captions) => ({ image: plainPicture(0, 0, 0), captions }))
    // Ranks of the images' best texts: 2, 4, 1. Ranks of the texts' images: 3, 1, 2, 2, 1.
    expect(await evaluateRetrieval(model, samples, { at: [1, 2, 3, 4] })).toEqual({
      imageToText: { 1: 1 / 3, 2: 2 / 3, 3: 2 / 3, 4: 1 },
      textToImage: { 1: 2 / 5, 2: 4 / 5, 3: 1, 4: 1 },
    })
    expect(Object.keys((await evaluateRetrieval(model, samples)).imageToText)).toEqual(['1', '5', '10'])
  })

  it('embeds images and texts and measures both directions', async () => {
    const samples = [
      { image: plainPicture(255, 0, 0), captions: ['red', 'a red picture'] },
      { image: plainPicture(0, 0, 255), captions: ['blue'] },
    ]
    const images = samples.map(({ image }) => image)
    const cosines = await model.similarity(images, ['red', 'a red picture', 'blue'])
    const found = await evaluateRetrieval(model, samples, { at: [1, 3] })
    expect(found).toEqual(retrievalOf(cosines, [0, 0, 1], [1, 3]))
    expect(found.imageToText[3]).toBe(1)
  })

  it('refuses an empty list, and an image without texts', async () => {
    await expect(evaluateRetrieval(model, [])).rejects.toThrow(/got an empty list/)
    const bare = { image: plainPicture(0, 0, 0), captions: [] }
    await expect(evaluateRetrieval(model, [bare])).rejects.toThrow(/samples\[0\].captions: expected at least one text/)
  })
})
