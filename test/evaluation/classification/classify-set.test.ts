import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scoreClasses } from '../../../src/evaluation/classification/class-scores'
import { classifySet, DreamLIP, type ClassificationSet } from '../../../src/index.node.ts'
import { plainPicture, smallConfig } from '../small-model'

const truth = (...classes: number[][]) => classes.map((own, i) => ({ id: `image ${i}`, classes: own }))

describe('scoreClasses', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const rows = [
    [0.9, 0.1, 0.2, 0.3, 0.4], // a
    [0.6, 0.1, 0.2, 0.3, 0.4], // b, the last
    [0.6, 0.1, 0.3, 0.2, 0.5], // c, third
  ]

  it('counts confusions, and lists the images that are furthest off', () => {
    const { figures, details } = scoreClasses(names, truth([0], [1], [2], [1]), (i) => rows[i === 3 ? 1 : i], 2)
    expect(figures).toEqual({ acc1: 1 / 4, acc5: 1, meanPerClass: 1 / 3 })
    expect(details.confusion).toEqual({
      classes: names,
      counts: [
        [1, 0, 2],
        [0, 0, 1],
        [2, 0, 1],
      ],
    })
    expect(details.perClass![1]).toEqual({ name: 'b', value: 0, count: 2 })
    expect(details.perClass![3]).toEqual({ name: 'd', value: null, count: 0 })
    const hardest = details.hardest!.map(({ id, expected, predicted }) => [id, expected, predicted])
    expect(hardest).toEqual([
      ['image 1', 'b', 'a'],
      ['image 3', 'b', 'a'],
    ])
    expect(details.hardest![0]!.severity).toBeCloseTo(0.5)
  })

  it('counts images that could not be read as wrong', () => {
    const { figures, details } = scoreClasses(names, truth([0], [0]), (i) => (i === 0 ? rows[0] : undefined), 5)
    expect(figures).toEqual({ acc1: 0.5, acc5: 0.5, meanPerClass: 0.5 })
    expect(details).toMatchObject({ confusion: { counts: [[0, 0, 1]] }, hardest: [] })
    const several = scoreClasses(names, truth([0], [0, 1]), (i) => (i === 0 ? rows[0] : undefined), 5)
    // a: one of its two images ranks first, and the unread one second; b: only the unread image, second.
    expect(several.figures.meanAveragePrecision).toBeCloseTo((1 + 0.5) / 5)
    expect(several.figures.meanPerClass).toBeUndefined()
  })

  it('gives the first of two classes with the same name the tie, and counts other ties against the model', () => {
    const twins = ['x', 'missile', 'missile', 'y', 'z']
    const tied = [0.1, 0.8, 0.8, 0.2, 0.3]
    expect(scoreClasses(twins, truth([1], [2]), () => tied, 0).figures.acc1).toBe(0.5)
    expect(scoreClasses(names, truth([1], [2]), () => tied, 0).figures.acc1).toBe(0)
  })

  it('has no acc5 for fewer than five classes', () => {
    expect(scoreClasses(['a', 'b'], truth([0]), () => [1, 0], 0).figures.acc5).toBeUndefined()
  })
})

describe('classifySet', () => {
  let model: DreamLIP
  beforeAll(async () => void (model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })))
  afterAll(() => model.dispose())

  const picture = plainPicture(250, 20, 20)
  const set: ClassificationSet = {
    task: 'classification',
    name: 'colours',
    split: 'test',
    classes: ['red', 'green', 'red'],
    templates: ['a photo of a {}.'],
    samples: [
      { id: 'a', image: picture, classes: [0] },
      { id: 'b', image: new Uint8Array([1, 2, 3]), classes: [0] },
      { id: 'c', image: picture, classes: [1] },
    ],
    problems: [{ item: 'blue', reason: 'class-unknown', message: 'No class is called blue.' }],
  }

  it('names images that cannot be read, and keeps them in the denominator', async () => {
    const result = await classifySet(model, set)
    expect(result.problems.map(({ item, reason }) => [item, reason])).toEqual([['b', 'image-unreadable']])
    // Two images of one colour have different classes, so one is right.
    expect(result.figures.acc1).toBeCloseTo(1 / 3)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  it('refuses labels that are no classes, and options that it does not know', async () => {
    const wrong = { ...set, samples: [{ id: 'a', image: picture, classes: [3] }] }
    await expect(classifySet(model, wrong)).rejects.toThrow(
      /set.samples\[0\].classes: expected indices from 0 to 2; got \[3\]/,
    )
    await expect(classifySet(model, set, { protocol: { template: ['{}'] } })).rejects.toThrow(
      /did you mean protocol.templates/,
    )
  })
})
