import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildZeroShotClassifier, DreamLIP, evaluateClassification } from '../../src/index'
import { plainPicture, smallConfig } from './small-model'

const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const pictures = [plainPicture(250, 20, 20), plainPicture(20, 250, 20), plainPicture(20, 20, 250)]

describe('evaluateClassification', () => {
  let model: DreamLIP
  beforeAll(async () => {
    model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
  })
  afterAll(() => model.dispose())

  it('counts the images whose label comes first, and is among five', async () => {
    const ranked = await model.classify(pictures, labels)
    const place = (i: number, at: number) => ({ image: pictures[i]!, label: ranked[i]![at]!.label })
    const samples = [place(0, 0), place(1, 4), place(2, 5), place(2, 0)]
    const { top1, top5 } = await evaluateClassification(model, samples, labels)
    expect({ top1, top5 }).toEqual({ top1: 0.5, top5: 0.75 })
  })

  it('weighs labels alike in the mean per class', async () => {
    const [first, second] = (await model.classify([pictures[0]!], labels))[0]!
    const image = pictures[0]!
    const samples = [first, first, first, second].map((best) => ({ image, label: best!.label }))
    const { top1, meanPerClass } = await evaluateClassification(model, samples, labels)
    expect({ top1, meanPerClass }).toEqual({ top1: 0.75, meanPerClass: 0.5 })
  })

  it('takes a classifier built before', async () => {
    const samples = pictures.map((image) => ({ image, label: 'c' }))
    const classifier = await buildZeroShotClassifier(model, labels)
    const direct = await evaluateClassification(model, samples, labels)
    expect(await evaluateClassification(model, samples, classifier)).toEqual(direct)
  })

  it('finds nothing with a model to which all labels are the same', async () => {
    const alike = { labels: ['x', 'y'], embeddings: { data: new Float32Array(32).fill(0.25), shape: [2, 16] as const } }
    const { top1 } = await evaluateClassification(model, [{ image: pictures[0]!, label: 'x' }], alike)
    expect(top1).toBe(0)
  })

  it('refuses no samples and labels that are not among the candidates', async () => {
    await expect(evaluateClassification(model, [], labels)).rejects.toThrow(/got no sample/)
    const stranger = { image: pictures[0]!, label: 'z' }
    await expect(evaluateClassification(model, [stranger], labels)).rejects.toThrow(/samples\[0\].label: .*got "z"/)
  })
})
