import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildZeroShotClassifier, DreamLIP, evaluateClassification } from '../../../src/index'
import { plainPicture, smallConfig } from '../small-model'

const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const pictures = [plainPicture(250, 20, 20), plainPicture(20, 250, 20), plainPicture(20, 20, 250)]

describe('evaluateClassification', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())
  afterEach(() => vi.restoreAllMocks())

  it('gives the same shares as a count by hand', async () => {
    // Each label is an axis: an image's cosines are its own values.
    const six = labels.slice(0, 6)
    const axes = Float32Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0))
    const classifier = { labels: six, embeddings: { data: axes, shape: [6, 6] as const } }
    const predictions = [
      { label: 'a', scores: [0.9, 0.1, 0.2, 0.3, 0.4, 0.5] }, // first
      { label: 'a', scores: [0.6, 0.7, 0.2, 0.3, 0.4, 0.5] }, // second
      { label: 'b', scores: [0.6, 0.1, 0.2, 0.3, 0.4, 0.5] }, // last
      { label: 'c', scores: [0.6, 0.1, 0.2, 0.3, 0.4, 0.5] }, // fifth
      { label: 'c', scores: [0.6, 0.1, 0.8, 0.3, 0.4, 0.5] }, // first
      { label: 'd', scores: [0.1, 0.1, 0.2, 0.6, 0.4, 0.6] }, // ties with the best: second
    ]
    vi.spyOn(model, 'similarity').mockResolvedValue({
      data: Float32Array.from(predictions.flatMap(({ scores }) => scores)),
      shape: [6, 6],
    })
    const samples = predictions.map(({ label }) => ({ image: pictures[0]!, label }))
    const found = await evaluateClassification(model, samples, classifier)
    // The labels' own shares: a 1/2, b 0, c 1/2, d 0.
    expect(found).toEqual({ top1: 2 / 6, top5: 5 / 6, meanPerClass: 1 / 4 })
  })

  it('counts the images whose label comes first, and those whose label is among the first five', async () => {
    const ranked = await model.classify(pictures, labels)
    const place = (i: number, at: number) => ({ image: pictures[i]!, label: ranked[i]![at]!.label })
    const samples = [place(0, 0), place(1, 4), place(2, 5), place(2, 0)]
    const { top1, top5 } = await evaluateClassification(model, samples, labels)
    expect({ top1, top5 }).toEqual({ top1: 0.5, top5: 0.75 })
  })

  it('gives each label the same weight in the mean per class', async () => {
    const [first, second] = (await model.classify([pictures[0]!], labels))[0]!
    const image = pictures[0]!
    const samples = [first, first, first, second].map((best) => ({ image, label: best!.label }))
    const { top1, meanPerClass } = await evaluateClassification(model, samples, labels)
    expect({ top1, meanPerClass }).toEqual({ top1: 0.75, meanPerClass: 0.5 })
  })

  it('accepts a classifier that was built before', async () => {
    const samples = pictures.map((image) => ({ image, label: 'c' }))
    const classifier = await buildZeroShotClassifier(model, labels)
    const direct = await evaluateClassification(model, samples, labels)
    expect(await evaluateClassification(model, samples, classifier)).toEqual(direct)
  })

  it('counts no hits if all labels tie', async () => {
    const alike = { labels: ['x', 'y'], embeddings: { data: new Float32Array(32).fill(0.25), shape: [2, 16] as const } }
    const { top1 } = await evaluateClassification(model, [{ image: pictures[0]!, label: 'x' }], alike)
    expect(top1).toBe(0)
  })

  it('refuses an empty list of samples, and labels that are not among the candidates', async () => {
    await expect(evaluateClassification(model, [], labels)).rejects.toThrow(/got an empty list/)
    const stranger = { image: pictures[0]!, label: 'z' }
    await expect(evaluateClassification(model, [stranger], labels)).rejects.toThrow(/samples\[0\].label: .*got "z"/)
  })
})
