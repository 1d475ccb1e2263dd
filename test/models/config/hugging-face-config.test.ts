import { describe, expect, it } from 'vitest'
import { modelConfigs, parseConfig, type ConfigInput } from '../../../src/models/config/config'

const b32 = modelConfigs['ViT-B-32-quickgelu']!

function refusal(config: object | string): string {
  try {
    parseConfig(config as ConfigInput)
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_CONFIG' })
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

describe('parseConfig of Hugging Face’s config.json', () => {
  it('fills in the defaults of transformers', () => {
    expect(parseConfig({ model_type: 'clip' })).toEqual(b32)
    expect(parseConfig({ model_type: 'clip', text_config: {}, vision_config: null })).toEqual(b32)
  })

  it('reads activation, heads, MLPs and sizes', () => {
    const config = parseConfig({
      model_type: 'clip',
      projection_dim: 1024,
      vision_config: {
        hidden_act: 'gelu',
        hidden_size: 1280,
        intermediate_size: 5120,
        num_attention_heads: 16,
        num_hidden_layers: 32,
        patch_size: 14,
      },
      text_config: {
        hidden_act: 'gelu',
        hidden_size: 1024,
        intermediate_size: 4096,
        num_attention_heads: 16,
        num_hidden_layers: 24,
      },
    })
    expect(config).toEqual(modelConfigs['ViT-H-14'])
  })

  it('prefers text_config_dict of old files, completed with defaults, as transformers does', () => {
    const { text } = parseConfig({
      model_type: 'clip',
      text_config: { vocab_size: 60, num_attention_heads: 4 },
      text_config_dict: { num_attention_heads: 2 },
    })
    expect(text).toEqual({ ...b32.text, heads: 2 })
  })

  it('accepts the config of one tower', () => {
    const vision = { model_type: 'clip_vision_model', hidden_act: 'gelu', hidden_size: 1024, num_attention_heads: 8 }
    const config = parseConfig({ ...vision, intermediate_size: 2048, projection_dim: 640 })
    expect(config).toMatchObject({ embedDim: 640, quickGelu: false })
    expect(config.vision).toMatchObject({ width: 1024, headWidth: 128, mlpRatio: 2 })
  })

  it('also accepts the text of a JSON file', () => {
    expect(parseConfig(' {"model_type": "clip"}')).toEqual(b32)
    expect(refusal('{"model_type": ')).toContain('expected JSON')
  })

  it('accepts the end token 2 of old files, which stands for the largest id', () => {
    expect(parseConfig({ model_type: 'clip', text_config: { eos_token_id: 2 } })).toEqual(b32)
  })

  it.each([
    ['another model', { model_type: 'blip' }, 'model_type: "blip"'],
    ['SigLIP 2 for images of any shape', { model_type: 'siglip2' }, 'NaFlex'],
    [
      'an invalid epsilon',
      { model_type: 'clip', vision_config: { layer_norm_eps: '1e-6' } },
      'vision.normEpsilon: expected a number',
    ],
    [
      'another activation',
      { model_type: 'clip', text_config: { hidden_act: 'gelu_new' } },
      'text_config.hidden_act: "gelu_new"',
    ],
    ['two activations', { model_type: 'clip', text_config: { hidden_act: 'gelu' } }, 'hidden_act: expected the same'],
    ['another end token', { model_type: 'clip', text_config: { eos_token_id: 7 } }, 'text_config.eos_token_id: 7'],
    ['gray images', { model_type: 'clip', vision_config: { num_channels: 1 } }, 'vision_config.num_channels: 1'],
    [
      'heads that do not divide',
      { model_type: 'clip', vision_config: { num_attention_heads: 7 } },
      '7 heads do not divide',
    ],
    ['a section of text', { model_type: 'clip', vision_config: 'x' }, 'vision_config: expected an object'],
  ])('refuses %s and names it', (_, config, message) => {
    expect(refusal(config)).toContain(message)
  })
})

describe('parseConfig of open_clip_config.json', () => {
  it('reads its model_cfg', () => {
    const model_cfg = { embed_dim: 512, vision_cfg: {}, text_cfg: {} }
    expect(parseConfig({ model_cfg, preprocess_cfg: { mean: [0, 0, 0] } })).toEqual(modelConfigs['ViT-B-16'])
  })
})
