import { describe, expect, it } from 'vitest'
import { toOpenCLIPNames } from '../../../src/models/names/names'
import type { CheckpointTensor } from '../../../src/checkpoint/tensor'

const clip = ['visual.conv1.weight', 'visual.proj', 'token_embedding.weight', 'text_projection', 'logit_scale']

function tensors(names: readonly string[]): Map<string, CheckpointTensor> {
  return new Map(
    names.map((name) => [name, { name, shape: [1], dtype: 'float32', read: async () => Float32Array.of(1) }]),
  )
}

const under = (prefix: string) => clip.map((name) => prefix + name)
const namesOf = (names: readonly string[], choice = {}) => [...toOpenCLIPNames(tensors(names), choice).tensors.keys()]

describe('the prefix of a CLIP model’s names', () => {
  it.each([
    'model.',
    'clipmodel.',
    'net.clip.',
    '_fsdp_wrapped_module.',
    'module._orig_mod.',
    '_orig_mod.module.',
    'model.module._orig_mod.clip.',
    '_forward_module.model.',
  ])('is found and removed: %s', (prefix) => {
    expect(namesOf(under(prefix))).toEqual(clip)
  })

  it('is also found before Hugging Face’s names', () => {
    const named = ['vision_model.embeddings.patch_embedding.weight', 'text_model.embeddings.token_embedding.weight']
    expect(namesOf(named.map((name) => `clip.${name}`))).toEqual(['visual.conv1.weight', 'token_embedding.weight'])
  })

  it('may have wrappers inside the names', () => {
    const wrapped = ['visual._fsdp_wrapped_module.transformer.resblocks.0._checkpoint_wrapped_module.ln_1.weight']
    expect(namesOf([...clip, ...wrapped])).toContain('visual.transformer.resblocks.0.ln_1.weight')
  })

  it('may have data parallelism inside the names', () => {
    expect(namesOf(clip.map((name) => name.replace('visual.', 'visual.module.')))).toEqual(clip)
  })

  it('is refused if two tensors differ only in their wrappers', () => {
    expect(() => namesOf([...clip, 'module.visual.proj'])).toThrow(/two of its tensors are called 'visual\.proj'/)
  })

  it('is that of the model, not of a teacher or an average next to it', () => {
    const both = toOpenCLIPNames(tensors([...under('student.'), ...under('teacher.')]))
    expect(both.prefix).toBe('student.')
    expect(both.others).toEqual(['teacher.'])
    expect(toOpenCLIPNames(tensors([...under('ema_model.'), ...under('online_model.')])).prefix).toBe('online_model.')
  })

  it('is that of a whole CLIP model, not of a single tower', () => {
    const tower = ['frozen_copy.visual.conv1.weight', 'other.visual.conv1.weight']
    expect(toOpenCLIPNames(tensors([...under('net.'), ...tower])).prefix).toBe('net.')
  })

  it('can be chosen, with or without its dot', () => {
    const both = [...under('student.'), ...under('teacher.')]
    expect(toOpenCLIPNames(tensors(both), { prefix: 'teacher' }).prefix).toBe('teacher.')
    expect(toOpenCLIPNames(tensors(both), { prefix: 'module.teacher.' }).prefix).toBe('teacher.')
    expect(toOpenCLIPNames(tensors([...clip, ...under('ema.')]), { weights: 'ema' }).prefix).toBe('ema.')
  })

  it('must be chosen if two CLIP models are alike', () => {
    expect(() => namesOf([...under('left.'), ...under('right.')])).toThrow(
      /2 CLIP models, with the prefixes 'left\.', 'right\.'\. Choose one: \{ prefix: 'left\.' \}/,
    )
  })

  it('is listed if the requested one does not exist', () => {
    expect(() => namesOf(under('left.'), { prefix: 'right' })).toThrow(/no CLIP model has the prefix 'right'.*'left\.'/)
  })
})

describe('tensors next to a CLIP model', () => {
  it('are left out and named', () => {
    const { tensors: named, ignored } = toOpenCLIPNames(
      tensors([...under('model.'), 'model.head.weight', 'temperature']),
    )
    expect([...named.keys()]).toEqual(clip)
    expect(ignored).toEqual(['model.head.weight', 'temperature'])
  })

  it('are kept inside a module of the CLIP model, which they may change', () => {
    expect(namesOf([...clip, 'visual.adapter.weight'])).toContain('visual.adapter.weight')
  })

  it('are not mentioned if they are counters and buffers', () => {
    expect(toOpenCLIPNames(tensors([...under('module.'), 'n_averaged', 'attn_mask'])).ignored).toEqual([])
  })
})

describe('Long-CLIP’s positions', () => {
  it('are the first 20 of one parameter, then the rest from the other', async () => {
    const positions = (name: string, value: number): [string, CheckpointTensor] => [
      name,
      { name, shape: [30, 2], dtype: 'float32', read: async () => new Float32Array(60).fill(value) },
    ]
    const file = new Map([
      ...tensors(clip),
      positions('positional_embedding', 1),
      positions('positional_embedding_res', 2),
    ])
    const { tensors: named, layout } = toOpenCLIPNames(file)
    expect(layout).toBe('long-clip')
    expect(named.has('positional_embedding_res')).toBe(false)
    const values = await named.get('positional_embedding')!.read()
    expect([...values]).toEqual([...Array<number>(40).fill(1), ...Array<number>(20).fill(2)])
  })
})
