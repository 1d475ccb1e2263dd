/** Classification compared with Python: CLIP_benchmark's accuracies and open_clip's classifier, on a generated set and model. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scoreClasses } from '../../../src/evaluation/classification/class-scores'
import { buildZeroShotClassifier, classifySet, createRandom, DreamLIP } from '../../../src/index.node.ts'
import { largestDifference } from '../../ops/compare'
import { pythonHas, runPythonFile } from '../../parity/python'

const script = 'test/parity/classification.py'

interface Expected {
  readonly names: string[]
  readonly templates: string[]
  readonly weights: number[]
  readonly pixels: number[]
  readonly targets: number[]
  readonly acc1: number
  readonly acc5: number
}

describe.skipIf(!pythonHas('torch', 'clip_benchmark', 'sklearn', 'safetensors'))('classification in Python', () => {
  it('gives the accuracies of CLIP_benchmark to 1e-6', () => {
    const random = createRandom(11)
    const [images, classes] = [200, 12]
    const scores = Array.from({ length: images }, () => Array.from({ length: classes }, () => random.normal()))
    const targets = Array.from({ length: images }, () => Math.floor(random.uniform() * (classes - 1)))
    targets.forEach((target, i) => (scores[i]![target]! += 1))
    const several = targets.map((target, i) => [target, ...(i % 3 ? [] : [(target + 4) % classes])])
    const truth = several.map((own) => Array.from({ length: classes }, (_, at) => (own.includes(at) ? 1 : 0)))
    const input = JSON.stringify({ scores, targets, truth })
    const expected = JSON.parse(runPythonFile(script, ['metrics'], input)) as Record<string, number>

    const names = Array.from({ length: classes }, (_, at) => `class ${at}`)
    const single = targets.map((target, i) => ({ id: `${i}`, classes: [target] }))
    const { figures } = scoreClasses(names, single, (i) => scores[i], 5)
    const both = several.map((own, i) => ({ id: `${i}`, classes: own }))
    const { meanAveragePrecision } = scoreClasses(names, both, (i) => scores[i], 5).figures
    for (const [name, value] of Object.entries({ ...figures, meanAveragePrecision })) {
      expect(value, name).toBeCloseTo(expected[name]!, 6)
    }
    expect(figures.acc1).toBeGreaterThan(0.2)
  })

  describe('a model of open_clip', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dreamlip-classification-'))
    let expected: Expected
    let model: DreamLIP
    beforeAll(async () => {
      expected = JSON.parse(runPythonFile(script, ['model', folder])) as Expected
      model = await DreamLIP.load(join(folder, 'model.safetensors'), {
        config: join(folder, 'config.json'),
        device: 'cpu',
      })
    }, 120_000)
    afterAll(() => {
      model.dispose()
      rmSync(folder, { recursive: true })
    })

    it('has the same classifier weights to 1e-5', async () => {
      const { names, templates, weights } = expected
      const { embeddings } = await buildZeroShotClassifier(model, names, { templates })
      expect(largestDifference(embeddings.data, weights)).toBeLessThan(1e-5)
    })

    it('classifies a set with the same accuracies', async () => {
      const { names, templates, pixels, targets } = expected
      const bytes = Uint8Array.from(pixels)
      const size = 16 * 16 * 3
      const samples = targets.map((target, i) => {
        const data = bytes.subarray(i * size, (i + 1) * size)
        return { id: `${i}`, image: { data, width: 16, height: 16, channels: 3 as const }, classes: [target] }
      })
      const set = { task: 'classification', name: 'noise', split: 'test', classes: names, templates } as const
      const { figures } = await classifySet(model, { ...set, samples, problems: [] })
      expect(figures.acc1).toBeCloseTo(expected.acc1, 6)
      expect(figures.acc5).toBeCloseTo(expected.acc5, 6)
    })
  })
})
