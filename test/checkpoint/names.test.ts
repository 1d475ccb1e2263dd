import { describe, expect, it } from 'vitest'
import { checkParameters, toOpenCLIPNames } from '../../src/checkpoint/names'
import type { CheckpointTensor } from '../../src/checkpoint/tensor'

function tensors(shapes: Record<string, number[]>): Map<string, CheckpointTensor> {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b, 1)
      return [name, { name, shape, dtype: 'float32', read: async () => Float32Array.from({ length }, (_, i) => i) }]
    }),
  )
}

describe('toOpenCLIPNames', () => {
  it('leaves open_clip’s names alone', () => {
    const { tensors: named, layout } = toOpenCLIPNames(tensors({ 'visual.proj': [2, 2], text_projection: [2, 2] }))
    expect(layout).toBe('open_clip')
    expect([...named.keys()]).toEqual(['visual.proj', 'text_projection'])
  })

  it('takes the text tower of CustomTextCLIP from under its prefix', () => {
    const custom = { 'text.token_embedding.weight': [4, 2], 'text.ln_final.bias': [2], 'text.text_projection': [2, 2] }
    const { tensors: named } = toOpenCLIPNames(tensors({ ...custom, 'visual.proj': [2, 2] }))
    expect([...named.values()].map(({ name }) => name)).toEqual([
      'token_embedding.weight',
      'ln_final.bias',
      'text_projection',
      'visual.proj',
    ])
  })

  it('recognises OpenAI’s archives by the facts they hold beside weights, which it leaves out', () => {
    const archive = tensors({ input_resolution: [], context_length: [], vocab_size: [], 'visual.proj': [2, 2] })
    const { tensors: named, layout } = toOpenCLIPNames(archive)
    expect(layout).toBe('openai')
    expect([...named.keys()]).toEqual(['visual.proj'])
  })
})

describe('checkParameters', () => {
  const expected = new Map([
    ['a', [2, 3]],
    ['b', [4]],
    ['logit_scale', []],
  ])

  it('accepts what fits, scalars of one element too, and what is optional', () => {
    const given = tensors({ a: [2, 3], b: [4], logit_scale: [1], 'visual.proj2': [9] })
    expect(() => checkParameters(given, expected, { optional: ['visual.proj2'] })).not.toThrow()
  })

  it('lists everything that is wrong at once', () => {
    const given = tensors({ a: [3, 2], logit_scale: [], 'visual.proj2': [9] })
    expect(() => checkParameters(given, expected)).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_MISMATCH',
        message: expect.stringMatching(
          /1 missing: b\. 1 unexpected: visual\.proj2\. 1 of another shape: a \[3, 2\] in place of \[2, 3\]/,
        ),
      }),
    )
  })
})
