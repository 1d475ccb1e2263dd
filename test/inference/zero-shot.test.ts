import { describe, expect, it } from 'vitest'
import { buildZeroShotClassifier, promptsOf, rankLabels } from '../../src/inference/zero-shot'

describe('promptsOf', () => {
  it('puts each label into every template', () => {
    expect(promptsOf(['cat', 'dog'], ['a {}.', 'two {}s'])).toEqual(['a cat.', 'two cats', 'a dog.', 'two dogs'])
  })

  it('takes labels literally', () => {
    expect(promptsOf(['$& {}'], ['a {}'])).toEqual(['a $& {}'])
  })

  it('refuses no labels, no templates, and a template without a place for the label', () => {
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
})

describe('rankLabels', () => {
  it('sorts by probability and keeps the best', () => {
    const ranked = rankLabels([0.1, 0.3, 0.2], ['a', 'b', 'c'], 100, 2)
    expect(ranked.map(({ label }) => label)).toEqual(['b', 'c'])
    expect(ranked[0]!.score).toBeCloseTo(1 / (1 + Math.exp(-10) + Math.exp(-20)), 12)
  })
})
