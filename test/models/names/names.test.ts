import { describe, expect, it } from 'vitest'
import { checkParameters } from '../../../src/checkpoint/names/check-parameters'
import { toOpenCLIPNames } from '../../../src/models/names/names'
import type { CheckpointTensor } from '../../../src/checkpoint/tensor'

function tensors(shapes: Record<string, number[]>): Map<string, CheckpointTensor> {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b, 1)
      return [name, { name, shape, dtype: 'float32', read: async () => Float32Array.from({ length }, (_, i) => i) }]
    }),
  )
}

describe('toOpenCLIPNames', () => {
  it('does not change open_clip’s names', () => {
    const { tensors: named, layout } = toOpenCLIPNames(tensors({ 'visual.proj': [2, 2], text_projection: [2, 2] }))
    expect(layout).toBe('open_clip')
    expect([...named.keys()]).toEqual(['visual.proj', 'text_projection'])
  })

  it('removes the prefix of CustomTextCLIP’s text tower', () => {
    const custom = { 'text.token_embedding.weight': [4, 2], 'text.ln_final.bias': [2], 'text.text_projection': [2, 2] }
    const { tensors: named } = toOpenCLIPNames(tensors({ ...custom, 'visual.proj': [2, 2] }))
    expect([...named.values()].map(({ name }) => name)).toEqual([
      'token_embedding.weight',
      'ln_final.bias',
      'text_projection',
      'visual.proj',
    ])
  })

  it('recognises OpenAI’s archives by three extra tensors, and leaves those out', () => {
    const archive = tensors({ input_resolution: [], context_length: [], vocab_size: [], 'visual.proj': [2, 2] })
    const { tensors: named, layout } = toOpenCLIPNames(archive)
    expect(layout).toBe('openai')
    expect([...named.keys()]).toEqual(['visual.proj'])
  })
})

describe('toOpenCLIPNames of Hugging Face’s CLIPModel', () => {
  const layer = 'vision_model.encoder.layers.0'
  const attention = (k: number[]) => ({
    'vision_model.embeddings.class_embedding': [2],
    [`${layer}.self_attn.q_proj.weight`]: [2, 2],
    [`${layer}.self_attn.k_proj.weight`]: k,
    [`${layer}.self_attn.v_proj.weight`]: [2, 2],
  })

  it('joins query, key and value, and transposes projections, when they are read', async () => {
    const given = tensors({ ...attention([2, 2]), 'visual_projection.weight': [2, 3], constructor: [1] })
    const { tensors: named, layout, ignored } = toOpenCLIPNames(given)
    expect(layout).toBe('huggingface')
    expect(ignored).toEqual(['constructor'])
    expect([...named.keys()]).toEqual([
      'visual.class_embedding',
      'visual.transformer.resblocks.0.attn.in_proj_weight',
      'visual.proj',
    ])
    expect(named.get('visual.transformer.resblocks.0.attn.in_proj_weight')!.shape).toEqual([6, 2])
    expect(await named.get('visual.proj')!.read()).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5)) // [3, 2]
  })

  it('names the part of an attention layer that is missing or has another shape', () => {
    expect(() => toOpenCLIPNames(tensors(attention([3, 2])))).toThrow(
      /q_proj\.weight: expected a k_proj of the same shape \[2, 2\] in the same layer; got \[3, 2\]/,
    )
    const { [`${layer}.self_attn.v_proj.weight`]: _, ...incomplete } = attention([2, 2])
    expect(() => toOpenCLIPNames(tensors(incomplete as Record<string, number[]>))).toThrow(
      /expected a v_proj .* got none/,
    )
  })
})

describe('checkParameters', () => {
  const expected = new Map([
    ['a', [2, 3]],
    ['b', [4]],
    ['logit_scale', []],
  ])

  it('accepts tensors that fit, scalars with the shape [1], and optional tensors', () => {
    const given = tensors({ a: [2, 3], b: [4], logit_scale: [1], 'visual.proj2': [9] })
    expect(() => checkParameters(given, expected, { optional: ['visual.proj2'] })).not.toThrow()
  })

  it('lists everything that is wrong at once', () => {
    const given = tensors({ a: [3, 2], logit_scale: [], 'visual.proj2': [9] })
    expect(() => checkParameters(given, expected)).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_MISMATCH',
        message: expect.stringMatching(
          /1 missing: b\. 1 unexpected: visual\.proj2\. 1 of another shape: a \[3, 2\] instead of \[2, 3\]/,
        ),
      }),
    )
  })

  it('suggests a config only if one can explain the difference', () => {
    const block = (i: number) => ({
      [`transformer.resblocks.${i}.ln_1.weight`]: [1],
      [`transformer.resblocks.${i}.ln_1.bias`]: [1],
    })
    const blocks = new Map(Object.entries({ ...block(0), ...block(1) }))
    const advice = (given: Record<string, number[]>) => () => checkParameters(tensors(given), blocks)
    expect(advice(block(0))).toThrow(/Pass the config/)
    expect(advice({ ...block(0), 'transformer.resblocks.1.ln_1.weight': [1] })).toThrow(/The file is incomplete/)
  })
})
