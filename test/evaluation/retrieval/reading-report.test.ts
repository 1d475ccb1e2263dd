import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readOwnPairs } from '../../../src/evaluation/datasets/retrieval/own-pairs.node.ts'
import type { RetrievalSet } from '../../../src/evaluation/datasets/data-set'
import { captionVariants, foreignSentences, joinSentences } from '../../../src/evaluation/retrieval/caption-variants'
import { readingReport } from '../../../src/evaluation/retrieval/reading-report'
import { retrieveSet } from '../../../src/evaluation/retrieval/retrieve-set'
import { DreamLIP } from '../../../src/index'
import { createRandom } from '../../../src/random'
import { plainPicture, smallConfig } from '../small-model'

describe('variants of captions', () => {
  it('drop, shuffle, pad or choose sentences of the caption', () => {
    const caption = { sample: 1, sentences: ['A.', 'B', 'C?'] }
    const variants = captionVariants(createRandom(1), () => 'X')
    const made = Object.fromEntries(variants.map(({ name, change }) => [name, change(caption)]))
    expect(made).toMatchObject({
      'without the first sentence': ['B', 'C?'],
      'without the last sentence': ['A.', 'B'],
      'padded at its end': ['A.', 'B', 'C?', 'X', 'X', 'X'],
      'padded at its beginning': ['X', 'X', 'X', 'A.', 'B', 'C?'],
      'sentence 2 alone': ['B'],
      'sentence 4 alone': undefined,
    })
    expect([...made['sentences shuffled']!].sort()).toEqual(caption.sentences)
    expect(joinSentences(made['padded at its end']!)).toBe('A. B. C? X. X. X.')
  })

  it('take foreign sentences from other samples only', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 3 }), (seed, sample) => {
        const captions = [0, 1, 2, 3].map((own) => ({ sample: own, sentences: [`${own}a`, `${own}b`] }))
        expect(foreignSentences(captions, createRandom(seed))(sample)).not.toMatch(`${sample}`)
      }),
    )
  })
})

/** One caption of five sentences per image. The sentences of the k-th caption contain the number k. */
const samples = Array.from({ length: 8 }, (_, image) => ({
  id: `${image}`,
  image: plainPicture(30 * image, 0, 0),
  captions: [`a${image}. b${image}. c${image}. d${image}. e${image}.`],
}))
const set: RetrievalSet = { task: 'retrieval', name: 'test', split: 'all', isLong: true, samples, problems: [] }

describe('readingReport', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => {
    vi.restoreAllMocks()
    model.dispose()
  })

  /** A model that reads only the first sentences of a text, and understands them: each adds its image's axis. */
  function readFirst(count: number): void {
    const axes = (at: readonly number[], rows: number) => {
      const data = new Float32Array(rows * 16)
      at.forEach((index) => data[index]!++)
      return data
    }
    vi.spyOn(model, 'encodeImage').mockResolvedValue({
      data: axes(
        samples.map((_, i) => 17 * i),
        8,
      ),
      shape: [8, 16],
    })
    vi.spyOn(model, 'encodeText').mockImplementation((texts) => {
      const list = texts as readonly string[]
      const read = list.flatMap((text, row) =>
        [...text.matchAll(/[a-e](\d)\./g)].slice(0, count).map(([, image]) => 16 * row + Number(image)),
      )
      return Promise.resolve({ data: axes(read, list.length), shape: [list.length, 16], truncated: [] })
    })
  }

  it.each([
    [5, 1],
    [2, 0.4],
    [1, 0.2],
  ])('finds that a model that reads %i of 5 sentences uses %d of a caption', async (count, use) => {
    readFirst(count)
    const { figures, details } = await readingReport(model, set)
    expect(figures['captionUse']).toBeCloseTo(use, 9)
    expect(figures['sentencesRead']).toBeCloseTo(use, 9)
    expect(figures).toMatchObject({ wholeRecall: 1, firstSentenceRecall: 1 })
    const [variants, notices] = details.tables!
    const row = (name: string) => variants!.rows.find(([first]) => first === name)!.slice(1, 4)
    expect(row('padded at its end')).toEqual([8, 1, 1])
    // With foreign sentences before the caption, a model that reads no more sentences than these sees none of it.
    expect(row('padded at its beginning')[1]).toBeLessThan(1)
    expect(notices!.rows.map(([place, cases, used]) => [place, cases, used])).toEqual(
      ['1', '2', '3', '4', '5'].map((place, i) => [place, 8, i < count ? 1 : 0]),
    )
    vi.restoreAllMocks()
  })

  it('embeds the images once, gives the same report for the same seed, and another for another one', async () => {
    const encodeImage = vi.spyOn(model, 'encodeImage')
    const report = await readingReport(model, set, { protocol: { seed: 1 } })
    expect(encodeImage).toHaveBeenCalledTimes(1)
    expect(await readingReport(model, set, { protocol: { seed: 1 } })).toEqual(report)
    expect(await readingReport(model, set, { protocol: { seed: 2 } })).not.toEqual(report)
    expect((await readingReport(model, set, { protocol: { captions: 3 } })).protocol).toMatchObject({ captions: 3 })
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    encodeImage.mockRestore()
  })

  it('is part of retrieveSet for long captions', async () => {
    const { figures, details } = await retrieveSet(model, set)
    const report = await readingReport(model, set)
    expect(figures).toMatchObject(report.figures)
    expect(details.tables!.slice(1)).toEqual(report.details.tables)
    const without = await retrieveSet(model, set, { protocol: { reading: false } })
    expect(without.figures).not.toHaveProperty('captionUse')
  })

  it('refuses a set in which no sentences can be exchanged, and unknown choices', async () => {
    const one = { ...set, samples: samples.slice(0, 1) }
    await expect(readingReport(model, one)).rejects.toThrow(/set.samples: expected at least two images with captions/)
    await expect(readingReport(model, set, { protocol: { sed: 1 } })).rejects.toThrow(
      'protocol.sed: unknown; did you mean protocol.seed?',
    )
  })
})

describe('the model inside the package on scenes of EmojiScenes', () => {
  it('finds scenes by their captions, and uses more of a caption by its sentences than cut', async () => {
    const model = await DreamLIP.load()
    const scenes = await readOwnPairs('examples/scenes')
    expect(scenes).toMatchObject({ isLong: true, problems: [] })
    expect(scenes.samples.map(({ captions }) => captions.length)).toEqual(Array.from({ length: 12 }, () => 2))
    const cut = (await retrieveSet(model, scenes)).figures
    const sentences = (await retrieveSet(model, scenes, { protocol: { long: 'coverage' } })).figures
    expect(cut['textToImage@5']).toBeGreaterThan(0.8)
    expect(cut['cutTexts']).toBeGreaterThan(0)
    expect(sentences['cutTexts']).toBe(0)
    expect(sentences['captionUse']).toBeGreaterThan(cut['captionUse']!)
    expect(sentences['sentencesRead']).toBe(1)
    expect(cut['sentencesRead']).toBeLessThan(1)
    model.dispose()
  })
})
