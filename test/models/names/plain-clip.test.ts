import { describe, expect, it } from 'vitest'
import { toOpenCLIPNames } from '../../../src/models/names/names'
import { plainCLIP } from '../../../src/models/names/plain-clip'
import type { CheckpointTensor } from '../../../src/checkpoint/tensor'
import { parameterShapes } from '../../../src/models/parameters'
import { modelConfigs } from '../../../src/models/config/config'

const whole = [...parameterShapes(modelConfigs['ViT-B-16']!).keys()]

function tensors(names: readonly string[]): Map<string, CheckpointTensor> {
  const read = async () => new Float32Array()
  return new Map(names.map((name) => [name, { name, shape: [1], dtype: 'float32', read }]))
}

describe('plainCLIP', () => {
  it.each([
    ['a CLIP', whole],
    ['a CLIP with optional parts', [...whole, 'visual.proj2', 'logit_scale_local', 'logit_bias']],
    ['a pruned CLIP with layer scale', [...whole, 'token_embedding.ids', 'visual.transformer.resblocks.0.ls_1.gamma']],
  ])('gives %s as the search for a CLIP does', (_, names) => {
    const file = tensors(names)
    expect(plainCLIP(file)).toEqual(toOpenCLIPNames(file))
  })

  it.each([
    ['a prefix', whole.map((name) => `student.${name}`)],
    ['a wrapper', whole.map((name) => `module.${name}`)],
    ['an adapter beside the weights', [...whole, 'visual.proj.lora_A']],
    ['an unknown parameter', [...whole, 'visual.gate']],
    ['a head of another model', [...whole, 'head.weight']],
    ["OpenAI's sizes", [...whole, 'input_resolution']],
    ["Long-CLIP's positions", [...whole, 'positional_embedding_res']],
    ['one tower only', whole.filter((name) => name.startsWith('visual.'))],
    ['no tensor', []],
  ])('leaves a file with %s to that search', (_, names) => expect(plainCLIP(tensors(names))).toBeUndefined())
})
