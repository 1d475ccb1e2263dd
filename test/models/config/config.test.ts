import { describe, expect, it } from 'vitest'
import type { DreamLIPError } from '../../../src/errors'
import {
  modelConfigs,
  parseConfig,
  toOpenCLIPConfig,
  type CLIPConfig,
  type OpenCLIPConfig,
} from '../../../src/models/config/config'
import { inferConfig } from '../../../src/models/infer-config'
import { parameterShapes } from '../../../src/models/parameters'

/** open_clip's ViT-B-16.json, unchanged. */
const vitB16: OpenCLIPConfig = {
  embed_dim: 512,
  vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 16 },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 512, heads: 8, layers: 12 },
}

const withVision = (fields: object) => ({ ...vitB16, vision_cfg: { ...vitB16.vision_cfg, ...fields } })
const withText = (fields: object) => ({ ...vitB16, text_cfg: { ...vitB16.text_cfg, ...fields } })

describe('modelConfigs', () => {
  it("contains the usual sizes, each with both activations, and FLAIR's", () => {
    const sizes = ['S-32', 'S-16', 'M-32', 'M-16', 'B-32', 'B-16', 'L-14', 'L-14-336', 'H-14', 'g-14', 'bigG-14']
    expect(Object.keys(modelConfigs)).toEqual([
      ...sizes.flatMap((size) => [`ViT-${size}`, `ViT-${size}-quickgelu`]),
      'ViT-B-16-FLAIR',
    ])
  })

  it("equals open_clip's file for ViT-B-16", () => {
    expect(toOpenCLIPConfig(modelConfigs['ViT-B-16']!)).toEqual(vitB16)
    expect(toOpenCLIPConfig(modelConfigs['ViT-B-16-quickgelu']!)).toEqual({ ...vitB16, quick_gelu: true })
  })

  it("equals open_clip's file for ViT-L-14-336", () => {
    expect(toOpenCLIPConfig(modelConfigs['ViT-L-14-336']!)).toEqual({
      embed_dim: 768,
      vision_cfg: { image_size: 336, layers: 24, width: 1024, patch_size: 14 },
      text_cfg: { context_length: 77, vocab_size: 49408, width: 768, heads: 12, layers: 12 },
    })
  })

  it.each([
    ['ViT-H-14', 1024, { layers: 32, width: 1280, head_width: 80 }, { width: 1024, heads: 16, layers: 24 }],
    [
      'ViT-g-14',
      1024,
      { layers: 40, width: 1408, head_width: 88, mlp_ratio: 4.3637 },
      { width: 1024, heads: 16, layers: 24 },
    ],
    [
      'ViT-bigG-14',
      1280,
      { layers: 48, width: 1664, head_width: 104, mlp_ratio: 4.9231 },
      { width: 1280, heads: 20, layers: 32 },
    ],
  ])("equals open_clip's file for %s", (name, embed_dim, vision, text) => {
    expect(toOpenCLIPConfig(modelConfigs[name]!)).toEqual({
      embed_dim,
      vision_cfg: { image_size: 224, patch_size: 14, ...vision },
      text_cfg: { context_length: 77, vocab_size: 49408, ...text },
    })
  })

  it.each(Object.keys(modelConfigs))('%s survives a round trip through open_clip JSON', (name) => {
    const config = modelConfigs[name]!
    expect(parseConfig(toOpenCLIPConfig(config))).toEqual(config)
    expect(parseConfig(config)).toEqual(config)
  })
})

describe('parseConfig', () => {
  it('accepts names with a dash or a slash', () => {
    expect(parseConfig('ViT-B/16')).toBe(parseConfig('ViT-B-16'))
  })

  it("fills in open_clip's defaults", () => {
    expect(parseConfig({ embed_dim: 512, vision_cfg: {}, text_cfg: {} })).toEqual(modelConfigs['ViT-B-16'])
  })

  it('reads every field that shapes the towers, and writes it again', () => {
    const json: OpenCLIPConfig = {
      embed_dim: 24,
      quick_gelu: true,
      vision_cfg: {
        image_size: 32,
        layers: 2,
        width: 64,
        patch_size: 8,
        head_width: 16,
        mlp_ratio: 2.5,
        ls_init_value: 0.1,
        pool_type: 'avg',
        no_ln_pre: true,
        final_ln_after_pool: true,
      },
      text_cfg: {
        context_length: 20,
        vocab_size: 600,
        width: 32,
        heads: 2,
        layers: 3,
        mlp_ratio: 3,
        ls_init_value: 1e-5,
      },
    }
    expect(toOpenCLIPConfig(parseConfig(json))).toEqual(json)
  })

  it('accepts squares written as two numbers', () => {
    expect(parseConfig(withVision({ image_size: [224, 224], patch_size: [16, 16] }))).toEqual(modelConfigs['ViT-B-16'])
  })

  it('accepts unsupported fields with values that change nothing', () => {
    const json = {
      ...withVision({ timm_model_name: null, timm_pool: 'avg', attentional_pool: false, output_tokens: true }),
      custom_text: true,
    }
    expect(parseConfig(json)).toEqual(modelConfigs['ViT-B-16'])
  })

  it.each([
    [
      'a timm tower',
      withVision({ timm_model_name: 'vit_base' }),
      'vision_cfg.timm_model_name: "vit_base" is not supported',
    ],
    [
      'an attentional pooler',
      withVision({ attentional_pool: true }),
      'vision_cfg.attentional_pool: true is not supported',
    ],
    [
      'another norm',
      withVision({ norm_kwargs: { elementwise_affine: false } }),
      'vision_cfg.norm_kwargs: {"elementwise_affine":false} is not supported, only { eps }',
    ],
    ['a ResNet', withVision({ layers: [3, 4, 6, 3] }), 'ResNet towers are not supported'],
    [
      'no pooling',
      withVision({ pool_type: 'none' }),
      'vision_cfg.pool_type: expected "tok" or "avg" or "map", got "none"',
    ],
    ['an oblong image', withVision({ image_size: [224, 336] }), 'vision.imageSize: expected a whole number'],
    [
      'a Hugging Face text tower',
      withText({ hf_model_name: 'bert' }),
      'text_cfg.hf_model_name: "bert" is not supported',
    ],
    ['another tokenizer', withText({ tokenizer_mode: 'clips' }), 'text_cfg.tokenizer_mode: "clips" is not supported'],
    [
      'a text tower that ignores padding',
      withText({ no_causal_mask: true, use_pad_mask: true }),
      'text_cfg.use_pad_mask: true is not supported',
    ],
    [
      'another text pooling',
      withText({ pool_type: 'eos' }),
      'text_cfg.pool_type: expected "argmax" or "last" or "first", got "eos"',
    ],
    ['a field that nobody knows', withText({ widht: 512 }), 'text_cfg.widht: unknown field'],
    ['heads that do not divide the width', withText({ heads: 7 }), '7 heads do not divide the width 512'],
    ['a head width that does not divide the width', withVision({ head_width: 60 }), 'heads of 60 do not divide'],
    ['a patch larger than the image', withVision({ patch_size: 225 }), 'is larger than the image of 224'],
    [
      'a width of text',
      withVision({ width: '768' }),
      'vision.width: expected a whole number from 1 to 1048576, got "768"',
    ],
    ['a billion layers', withVision({ layers: 1e9 }), 'vision.layers: expected a whole number from 1 to 1024'],
    ['no text tower', { embed_dim: 512, vision_cfg: {} }, 'text_cfg: expected an object, got nothing'],
    ['a name that is not known', 'ViT-Z-1', "no model named 'ViT-Z-1'. Known: ViT-S-32,"],
    ['a prototype name', '__proto__', "no model named '__proto__'"],
    ['null', null, 'got null'],
  ])('refuses %s', (_, config, message) => {
    expect(refusal(() => parseConfig(config as OpenCLIPConfig))).toContain(message)
  })

  it('lists everything that is wrong at once', () => {
    const message = refusal(() =>
      parseConfig({ ...withVision({ timm_model_name: 'x', qk_norm: true }), moe: 8 } as OpenCLIPConfig),
    )
    for (const field of ['timm_model_name', 'qk_norm', 'moe']) expect(message).toContain(field)
  })

  it('checks a complete config too', () => {
    const { text, ...incomplete } = modelConfigs['ViT-B-16']!
    expect(refusal(() => parseConfig(incomplete as CLIPConfig))).toContain('text.width: expected')
    expect(refusal(() => parseConfig({ ...incomplete, text: { ...text, layers: 0 } }))).toContain('text.layers')
  })
})

describe('inferConfig', () => {
  it.each(Object.keys(modelConfigs))('infers %s from its shapes', (name) => {
    const config = modelConfigs[name]!
    expect(inferConfig(parameterShapes(config), { quickGelu: config.quickGelu })).toEqual(config)
  })

  it('infers layer scale, MLP ratios and a missing first norm, and accepts the width of heads', () => {
    const config = parseConfig({
      embed_dim: 24,
      vision_cfg: {
        image_size: 40,
        layers: 2,
        width: 64,
        patch_size: 8,
        head_width: 16,
        mlp_ratio: 4.3637,
        ls_init_value: 1e-5,
        no_ln_pre: true,
      },
      text_cfg: { context_length: 20, vocab_size: 600, width: 32, heads: 2, layers: 3, mlp_ratio: 3 },
    })
    const shapes = parameterShapes(config)
    const inferred = inferConfig(shapes, { headWidth: 16 })
    expect(inferred).toEqual({ ...config, vision: { ...config.vision, mlpRatio: 279 / 64 } })
    expect(parameterShapes(inferred)).toEqual(shapes)
  })

  it.each([
    [1280, 12],
    [768, 32],
  ])(
    'assumes heads of 64 in towers %i wide with %i layers, although ViT-H-14 shares one of the two',
    (width, layers) => {
      const config = parseConfig(withVision({ width, layers }))
      expect(inferConfig(parameterShapes(config)).vision.headWidth).toBe(64)
    },
  )

  it.each([
    ['visual.conv1.weight', undefined, 'visual.conv1.weight is missing'],
    [
      'visual.positional_embedding',
      [51, 768],
      'has 51 rows, which is not a square number of patches plus a class token',
    ],
    ['visual.conv1.weight', [768, 768], 'visual.conv1.weight has the shape [768, 768], expected 4 dimensions'],
    ['token_embedding.weight', [49408, 500], 'heads are assumed to be 64 wide'],
  ])('refuses shapes if %s is %j', (name, shape, message) => {
    const shapes = parameterShapes(modelConfigs['ViT-B-16']!)
    if (shape) shapes.set(name, shape)
    else shapes.delete(name)
    expect(refusal(() => inferConfig(shapes))).toContain(message)
  })
})

/** The message of a call's INVALID_CONFIG error. */
function refusal(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect((error as DreamLIPError).code).toBe('INVALID_CONFIG')
    return (error as DreamLIPError).message
  }
  throw new Error('nothing was refused')
}
