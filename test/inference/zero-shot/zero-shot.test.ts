import { describe, expect, it } from 'vitest'
import { buildZeroShotClassifier } from '../../../src/inference/zero-shot/build-zero-shot-classifier'
import { promptsOf, rankLabels } from '../../../src/inference/zero-shot/zero-shot'

describe('promptsOf', () => {
  it('puts each label into every template', () => {
    expect(promptsOf(['cat', 'dog'], ['a {}.', 'two {}s'])).toEqual(['a cat.', 'two cats', 'a dog.', 'two dogs'])
  })

  it('uses labels literally', () => {
    expect(promptsOf(['$& {}'], ['a {}'])).toEqual(['a $& {}'])
  })

  it('refuses empty lists of labels or templates, and a template without a place for the label', () => {
    expect(() => promptsOf([], ['a {}'])).toThrow(/at least one string/)
    expect(() => promptsOf(['cat'], [])).toThrow(/where the label goes/)
    expect(() => promptsOf(['cat'], ['a cat'])).toThrow(/"a cat"/)
  })
})

describe('buildZeroShotClassifier', () => {
  it('averages the prompts of a class and scales the mean to unit length', async () => {
    const vectors: Record<string, number[]> = { 'a x': [1, 0], 'b x': [0, 1], 'a y': [0, -1], 'b y': [0, -1] }
    const encodeText = async (texts: readonly string[]) => ({
      data: Float32Array.from(texts.flatMap((text) => vectors[text]!)),
      shape: [texts.length, 2] as const,
    })
    const { labels, embeddings } = await buildZeroShotClassifier({ encodeText }, ['x', 'y'], {
      templates: ['a {}', 'b {}'],
    })
    expect(labels).toEqual(['x', 'y'])
    expect([...embeddings.data]).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2), 0, -1])
  })

  it('embeds many prompts in groups of templates, and reports them as one task', async () => {
    const labels = Array.from({ length: 3000 }, (_, i) => `label ${i}`)
    const templates = ['c {}', 'a {}', 'b {}', 'd {}', 'e {}']
    const calls: number[] = []
    const progress: number[] = []
    const { embeddings } = await buildZeroShotClassifier(
      {
        async encodeText(texts, options) {
          calls.push(texts.length)
          options?.onProgress?.({ stage: 'texts', done: texts.length, total: texts.length })
          // A distinct direction per label: one dimension is its number, the other the distance of its template from "c".
          const vectors = texts.flatMap((text) => [Number(text.slice(8)), text.charCodeAt(0) - 'c'.charCodeAt(0) + 1])
          return { data: Float32Array.from(vectors), shape: [texts.length, 2] }
        },
      },
      labels,
      { templates, onProgress: ({ done, total }) => progress.push(done / total) },
    )
    expect(calls).toEqual([6000, 6000, 3000])
    expect(progress).toEqual([0.4, 0.8, 1])
    for (const i of [0, 1, 2999]) {
      expect(embeddings.data[2 * i]! / embeddings.data[2 * i + 1]!).toBeCloseTo(i, 2)
    }
  })
})

describe('rankLabels', () => {
  it('sorts by probability and keeps the best', () => {
    const ranked = rankLabels([0.1, 0.3, 0.2], ['a', 'b', 'c'], 100, 2)
    expect(ranked.map(({ label }) => label)).toEqual(['b', 'c'])
    expect(ranked[0]!.score).toBeCloseTo(1 / (1 + Math.exp(-10) + Math.exp(-20)), 12)
  })
})
