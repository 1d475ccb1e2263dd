import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { modelConfigs, parseConfig } from '../../src/models/config/config'
import { createModel, initializeParameters, parameterShapes } from '../../src/models/parameters'
import { createRandom } from '../../src/random'

describe('parameterShapes', () => {
  it("equals PyTorch's state_dict for ViT-B-16: 302 names and shapes, in order", () => {
    const expected = JSON.parse(readFileSync('test/fixtures/models/vit-b-16-state-dict.json', 'utf8')) as Record<
      string,
      number[]
    >
    const shapes = parameterShapes(modelConfigs['ViT-B-16']!)
    expect([...shapes]).toEqual(Object.entries(expected))
    expect(shapes.size).toBe(302)
    const values = [...shapes.values()].map((shape) => shape.reduce((size, dimension) => size * dimension, 1))
    expect(values.reduce((total, size) => total + size, 0)).toBe(149_620_737)
  })

  it('puts layer scales where open_clip registers them', () => {
    const config = parseConfig({
      embed_dim: 8,
      vision_cfg: {
        image_size: 8,
        patch_size: 4,
        width: 8,
        layers: 1,
        head_width: 8,
        ls_init_value: 0.1,
        no_ln_pre: true,
      },
      text_cfg: { width: 8, heads: 1, layers: 1, vocab_size: 10, context_length: 4 },
    })
    const names = [...parameterShapes(config).keys()]
    expect(
      names.filter((name) => name.startsWith('visual.')).map((name) => name.replace(/^.*resblocks\.0\./, '')),
    ).toEqual([
      'visual.class_embedding',
      'visual.positional_embedding',
      'visual.proj',
      'visual.conv1.weight',
      'ln_1.weight',
      'ln_1.bias',
      'attn.in_proj_weight',
      'attn.in_proj_bias',
      'attn.out_proj.weight',
      'attn.out_proj.bias',
      'ls_1.gamma',
      'ln_2.weight',
      'ln_2.bias',
      'mlp.c_fc.weight',
      'mlp.c_fc.bias',
      'mlp.c_proj.weight',
      'mlp.c_proj.bias',
      'ls_2.gamma',
      'visual.ln_post.weight',
      'visual.ln_post.bias',
    ])
  })
})

describe('initializeParameters', () => {
  // Wide enough for the statistics, with few layers for speed.
  const config = parseConfig({
    embed_dim: 128,
    vision_cfg: { image_size: 64, patch_size: 8, width: 128, layers: 2, ls_init_value: 0.1 },
    text_cfg: { width: 192, heads: 3, layers: 2, vocab_size: 1000, context_length: 77 },
  })
  const parameters = initializeParameters(config, 1)
  const values = (name: string) => parameters.get(name)!.data
  const bytes = (name: string) => Buffer.from(values(name).buffer)

  it('gives every parameter its shape', () => {
    expect([...parameters].map(([name, { shape }]) => [name, shape])).toEqual([...parameterShapes(config)])
    for (const { data, shape, dtype } of parameters.values()) {
      expect(data.length).toBe(shape.reduce((size, dimension) => size * dimension, 1))
      expect(dtype).toBe('float32')
    }
  })

  it.each([
    ['token_embedding.weight', 0.02],
    ['positional_embedding', 0.01],
    ['text_projection', 192 ** -0.5],
    ['transformer.resblocks.0.attn.in_proj_weight', 192 ** -0.5],
    ['transformer.resblocks.1.attn.out_proj.weight', 192 ** -0.5 * 4 ** -0.5],
    ['transformer.resblocks.1.mlp.c_proj.weight', 192 ** -0.5 * 4 ** -0.5],
    ['transformer.resblocks.0.mlp.c_fc.weight', 384 ** -0.5],
    ['visual.positional_embedding', 128 ** -0.5],
    ['visual.proj', 128 ** -0.5],
  ])('draws %s from a normal distribution of standard deviation %f', (name, deviation) => {
    const { mean, standardDeviation, kurtosis } = moments(values(name))
    expect(Math.abs(mean)).toBeLessThan(0.03 * deviation)
    expect(standardDeviation / deviation).toBeCloseTo(1, 1)
    expect(kurtosis).toBeCloseTo(3, 0)
  })

  it.each([
    ['visual.conv1.weight', (3 * 64) ** -0.5],
    ['visual.transformer.resblocks.0.attn.in_proj_weight', Math.sqrt(6 / 512)],
    ['visual.transformer.resblocks.0.attn.out_proj.weight', 128 ** -0.5],
    ['visual.transformer.resblocks.1.mlp.c_fc.weight', 128 ** -0.5],
    ['visual.transformer.resblocks.1.mlp.c_proj.weight', 512 ** -0.5],
    ['transformer.resblocks.0.mlp.c_fc.bias', 192 ** -0.5],
    ['transformer.resblocks.0.mlp.c_proj.bias', 768 ** -0.5],
  ])("draws %s uniformly up to %f, PyTorch's default", (name, bound) => {
    const { mean, standardDeviation, largest } = moments(values(name))
    expect(Math.abs(mean)).toBeLessThan(0.15 * bound)
    expect(standardDeviation / (bound / Math.sqrt(3))).toBeCloseTo(1, 0)
    expect(largest).toBeLessThanOrEqual(Math.fround(bound))
    expect(largest).toBeGreaterThan(0.95 * bound)
  })

  it.each([
    ['visual.ln_pre.weight', 1],
    ['ln_final.bias', 0],
    ['visual.transformer.resblocks.0.attn.in_proj_bias', 0],
    ['transformer.resblocks.0.attn.out_proj.bias', 0],
    ['visual.transformer.resblocks.1.ls_2.gamma', Math.fround(0.1)],
    ['logit_scale', Math.fround(Math.log(1 / 0.07))],
  ])('fills %s with %f', (name, value) => {
    expect(new Set(values(name))).toEqual(new Set([value]))
  })

  it('gives the same values for the same seed and others for another', () => {
    const [again, other] = [initializeParameters(config, 1), initializeParameters(config, 2)]
    for (const [name, { data }] of again) expect(Buffer.compare(Buffer.from(data.buffer), bytes(name)), name).toBe(0)
    expect(Buffer.compare(Buffer.from(other.get('visual.proj')!.data.buffer), bytes('visual.proj'))).not.toBe(0)
  })

  it('refuses a seed that is not an integer', () => {
    expect(() => initializeParameters(config, 0.5)).toThrow(/seed: expected an integer; got 0.5/)
  })
})

describe('createModel', () => {
  it('accepts whatever parseConfig accepts, and seed 0 by default', () => {
    const json = {
      embed_dim: 8,
      vision_cfg: { image_size: 8, patch_size: 4, width: 8, layers: 1, head_width: 8 },
      text_cfg: { width: 8, heads: 1, layers: 1, vocab_size: 10, context_length: 4 },
    }
    const { config, parameters } = createModel(json)
    expect(config).toEqual(parseConfig(json))
    expect(parameters).toEqual(initializeParameters(config, 0))
  })
})

describe('createRandom', () => {
  it('is the same everywhere: its first numbers are fixed', () => {
    const random = createRandom(42)
    const numbers = [random.uniform(), random.uniform(), random.normal(), random.normal()]
    expect(numbers.map(Math.fround)).toEqual([
      0.5488525032997131, 0.7700272798538208, 1.571577787399292, 0.0054299356415867805,
    ])
  })

  it('distinguishes seeds beyond 32 bits', () => {
    const firsts = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 52].map((seed) => createRandom(seed).uniform())
    expect(new Set(firsts).size).toBe(6)
  })

  it('is uniform in [0, 1)', () => {
    const random = createRandom(7)
    const counts = new Array<number>(16).fill(0)
    for (let i = 0; i < 160_000; i++) counts[Math.floor(16 * random.uniform())]!++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })
})

function moments(data: Float32Array) {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length
  const fourth = data.reduce((sum, value) => sum + (value - mean) ** 4, 0) / data.length
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return { mean, standardDeviation: Math.sqrt(variance), kurtosis: fourth / variance ** 2, largest }
}
