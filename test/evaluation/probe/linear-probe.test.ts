import { describe, expect, it } from 'vitest'
import { drawRows } from '../../../src/evaluation/probe/draw-rows'
import { createRandom, DreamLIP, linearProbe, probeSet, type ClassificationSet } from '../../../src/index.node.ts'
import { pythonHas, runPythonFile } from '../../parity/python'
import { plainPicture, smallConfig } from '../small-model'

/** Embeddings around one centre per class. */
function clusters(seed: number, rows: number, classes: number, dimensions = 6, spread = 0.8) {
  const centres = createRandom(1)
  const middle = Float32Array.from({ length: classes * dimensions }, () => centres.normal())
  const random = createRandom(seed)
  const labels = Array.from({ length: rows }, (_, i) => i % classes)
  const data = Float32Array.from({ length: rows * dimensions }, (_, i) => {
    const label = labels[Math.floor(i / dimensions)]!
    return middle[label * dimensions + (i % dimensions)]! + spread * random.normal()
  })
  return { embeddings: { data, shape: [rows, dimensions] as const }, labels }
}

describe('linearProbe', () => {
  it('chooses the regularization on a part of the training data, and gives the same result again', async () => {
    const options = { train: clusters(2, 150, 5), test: clusters(3, 100, 5) }
    const seen: number[] = []
    const first = await linearProbe({ ...options, onProgress: ({ done, total }) => seen.push(done / total) })
    const [run] = first.runs
    expect(first.figures.acc1).toBeGreaterThan(0.7)
    expect(first.figures).toEqual(run!.figures)
    expect(run!.converged).toBe(true)
    expect(Math.log10(run!.regularization) * 8).toBeCloseTo(Math.round(Math.log10(run!.regularization) * 8))
    expect(run!.weights).toHaveLength(5 * 7)
    expect(seen.at(-1)).toBe(1)
    expect(await linearProbe(options)).toEqual(first)
  })

  it('chooses by the validation part that it gets', async () => {
    const train = clusters(2, 60, 3)
    // Labels that only the strongest regularization can reach: all rows belong to one class.
    const constant = { ...clusters(4, 60, 3), labels: new Int32Array(60) }
    const biased = { ...train, labels: train.labels.map((label, i) => (i % 2 ? 0 : label)) }
    const { runs } = await linearProbe({ train: biased, validation: constant, test: train })
    expect(runs[0]!.regularization).toBe(1e6)
  })

  it('draws a few rows per class for each seed, and gives mean and deviation', async () => {
    const { figures, runs } = await linearProbe({ train: clusters(2, 200, 5), test: clusters(3, 100, 5), shots: 4 })
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3])
    const accuracies = runs.map((run) => run.figures.acc1!)
    expect(new Set(accuracies).size).toBeGreaterThan(1)
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / 3
    expect(figures.acc1).toBeCloseTo(mean)
    expect(figures.acc1Deviation).toBeCloseTo(
      Math.sqrt(accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2),
    )
  })

  it('stops when the signal says so', async () => {
    const stop = new AbortController()
    const running = linearProbe({
      train: clusters(2, 60, 3),
      test: clusters(3, 30, 3),
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
  })

  it('says what is wrong with its input', async () => {
    const [train, test] = [clusters(2, 6, 3), clusters(3, 6, 3)]
    await expect(linearProbe({ train: { ...train, labels: [0] }, test })).rejects.toThrow(
      /train.labels: expected 6 labels/,
    )
    await expect(linearProbe({ train, test: clusters(3, 6, 3, 5) })).rejects.toThrow(
      /test.embeddings.shape: expected \[rows, 6\]/,
    )
    await expect(linearProbe({ train, test, shots: 2 })).rejects.toThrow(
      /got 6, of which 2 per class train. Pass a validation part/,
    )
    await expect(linearProbe({ train, test, shot: 2 } as never)).rejects.toThrow(/did you mean shots/)
  })
})

describe('drawRows', () => {
  const labels = Array.from({ length: 40 }, (_, i) => (i < 30 ? 0 : i < 39 ? 1 : 2))
  const countOf = (rows: readonly number[], label: number) => rows.filter((row) => labels[row] === label).length

  it('holds out a fifth of each class, and nothing of a class with one row', () => {
    const { train, validation } = drawRows(labels, 7, undefined, true)
    expect([0, 1, 2].map((label) => countOf(validation, label))).toEqual([6, 2, 0])
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i))
    expect(drawRows(labels, 8, undefined, true).validation).not.toEqual(validation)
  })

  it('draws the same number of each class for training, and at most four others for validation', () => {
    const { train, validation } = drawRows(labels, 7, 6, true)
    expect([0, 1, 2].map((label) => countOf(train, label))).toEqual([6, 6, 1])
    expect([0, 1, 2].map((label) => countOf(validation, label))).toEqual([4, 3, 0])
    expect(train.some((row) => validation.includes(row))).toBe(false)
    expect(drawRows(labels, 7, 6, false).validation).toEqual([])
  })
})

interface SklearnFit {
  readonly objective: number
  readonly accuracy: number
  readonly coefficients: readonly number[]
}

describe.skipIf(!pythonHas('numpy', 'sklearn'))('scikit-learn', () => {
  it('has the same optimum, for two classes and for five', async () => {
    const inverses = [0.01, 1, 1000]
    const problems = [2, 5].map((classes) => ({
      train: clusters(5, 120, classes, 6, 1.5),
      test: clusters(6, 200, classes, 6, 1.5),
    }))
    const input = problems.map(({ train, test }) => ({
      shape: train.embeddings.shape,
      features: [...train.embeddings.data],
      labels: train.labels,
      test: [...test.embeddings.data],
      testLabels: test.labels,
      inverses,
    }))
    const printed = runPythonFile('test/parity/classification.py', ['probe'], JSON.stringify(input))
    const expected = JSON.parse(printed) as SklearnFit[][]
    for (const [p, { train, test }] of problems.entries()) {
      for (const [i, inverse] of inverses.entries()) {
        const { figures, runs } = await linearProbe({ train, test, regularization: 1 / inverse })
        const { objective, accuracy, coefficients } = expected[p]![i]!
        expect(Math.abs(runs[0]!.objective * inverse - objective) / objective).toBeLessThan(1e-6)
        expect(Math.abs(figures.acc1! - accuracy)).toBeLessThan(1e-4)
        const weights = [...runs[0]!.weights].filter((_, at) => at % 7 < 6)
        const scale = Math.max(...coefficients.map(Math.abs))
        weights.forEach((weight, at) => expect(Math.abs(weight - coefficients[at]!) / scale).toBeLessThan(1e-3))
      }
    }
  }, 300_000)
})

describe('probeSet', () => {
  it('learns the classes of pictures from a part of a data set, and names images that it cannot read', async () => {
    const model = await DreamLIP.create(smallConfig, { seed: 3, device: 'cpu' })
    const colour = (label: number, i: number) =>
      plainPicture(label === 0 ? 200 + i : 20, label === 1 ? 200 + i : 20, 20)
    const part = (split: string, from: number): ClassificationSet => ({
      task: 'classification',
      name: 'colours',
      split,
      classes: ['red', 'green'],
      templates: ['a {}'],
      samples: Array.from({ length: 8 }, (_, i) => ({
        id: `${split}/${i}`,
        image: colour(i % 2, from + i),
        classes: [i % 2],
      })),
      problems: [],
    })
    const [train, test] = [part('train', 0), part('test', 10)]
    const broken = { ...test, samples: [...test.samples, { id: 'broken', image: new Uint8Array(3), classes: [0] }] }
    const { figures, protocol, problems, details } = await probeSet(model, train, broken, { shots: 2, seeds: [4] })
    expect(figures.acc1).toBeCloseTo(8 / 9)
    expect(problems.map(({ item, reason }) => [item, reason])).toEqual([['broken', 'image-unreadable']])
    expect(protocol).toMatchObject({ trainedOn: 'colours, train', shots: 2, seeds: [4], converged: true })
    expect(details.perClass!.map(({ count }) => count)).toEqual([5, 4])
    const other = { ...test, classes: ['green', 'red'] }
    await expect(probeSet(model, train, other)).rejects.toThrow(/testSet.classes: expected the classes of trainSet/)
    model.dispose()
  })
})
