import { describe, expect, it } from 'vitest'
import { toOpenCLIPNames } from '../../../src/models/names/names'
import type { CheckpointTensor } from '../../../src/checkpoint/tensor'

const clip = ['visual.conv1.weight', 'visual.proj', 'token_embedding.weight', 'text_projection', 'logit_scale']

function refusal(names: readonly string[]): string {
  const tensors = new Map<string, CheckpointTensor>(
    names.map((name) => [name, { name, shape: [1], dtype: 'float32', read: async () => Float32Array.of(1) }]),
  )
  try {
    toOpenCLIPNames(tensors, { file: 'a.pt' })
  } catch (error) {
    expect(error).toMatchObject({ code: 'CHECKPOINT_MISMATCH' })
    return (error as Error).message
  }
  return 'nothing'
}

describe('a file that is not a CLIP model with two transformers is refused, and the error says what it is', () => {
  it.each([
    ['a LoRA adapter', ['base_model.model.visual.proj.lora_A.weight'], /LoRA.*merge/],
    [
      'LoRA beside the weights it changes',
      [...clip, 'visual.transformer.resblocks.0.attn.out_proj.lora_B.weight'],
      /LoRA/,
    ],
    ['another adapter of PEFT', [...clip, 'visual.transformer.resblocks.0.mlp.c_fc.base_layer.weight'], /adapter/],
    [
      'pruned weights',
      [...clip, 'visual.proj_orig', 'visual.conv1.weight_orig', 'visual.conv1.weight_mask'],
      /pruning/,
    ],
    ['SigLIP’s image tower alone', ['embeddings.patch_embedding.weight', 'head.probe'], /SiglipModel/],
    ['a language model alone', ['model.layers.0.mlp.up_proj.weight', 'lm_head.weight'], /it is a language model\./],
    ['a ResNet tower', [...clip, 'visual.layer1.0.conv1.weight', 'visual.attnpool.positional_embedding'], /ResNet/],
    [
      'a ResNet tower under a prefix',
      ['module.visual.layer1.0.conv1.weight', 'module.transformer.resblocks.0.ln_1.bias'],
      /ResNet/,
    ],
    ['a timm tower', ['visual.trunk.blocks.0.attn.qkv.weight', ...clip.slice(2)], /comes from timm/],
    ['EVA', ['visual.blocks.0.attn.q_proj.weight', 'visual.rope.freqs_cos', ...clip.slice(2)], /EVA/],
    ['FG-CLIP 2', [...clip, 'longtext_head.weight', 'dense_feature_head.probe'], /FG-CLIP 2 model.*would need/],
    [
      'FG-CLIP 2, as its code writes it',
      ['vision_model.embeddings.patch_embedding.weight', 'text_model.head.weight', 'boxtext_head.bias'],
      /FG-CLIP 2/,
    ],
    ['TIPS', ['vision_encoder.register_tokens', 'text_encoder.token_embedding.weight'], /TIPS.*would need/],
    [
      'the text tower of TIPS',
      ['token_embedding.weight', 'transformer.resblocks.0.attn.in_proj_weight', 'ln_final.weight', 'temperature'],
      /TIPS/,
    ],
    [
      'MobileCLIP',
      ['image_encoder.model.patch_embed.0.conv_kxk.0.conv.weight', 'text_encoder.embedding_layer.weight'],
      /MobileCLIP.*would need/,
    ],
    ['MobileCLIP of open_clip', ['visual.trunk.stem.0.conv_kxk.0.conv.weight', ...clip.slice(2)], /MobileCLIP/],
    [
      'LoTLIP',
      ['visual.trunk.cls_token', 'text.transformer.embeddings.word_embeddings.weight', 'text.proj.0.weight'],
      /LoTLIP.*would need/,
    ],
    ['CoCa', [...clip, 'visual.attn_pool.query', 'text_decoder.text_projection'], /CoCa/],
    ['a Hugging Face text tower', [...clip.slice(0, 2), 'text.transformer.embeddings.word_embeddings.weight'], /BERT/],
    [
      'Chinese CLIP',
      ['vision_model.embeddings.patch_embedding.weight', 'text_model.encoder.layer.0.attention.self.query.weight'],
      /BERT/,
    ],
    ['BLIP', ['visual_encoder.blocks.0.attn.qkv.weight', 'text_encoder.embeddings.word_embeddings.weight'], /BLIP/],
    [
      'LLaVA',
      ['model.vision_tower.vision_tower.vision_model.embeddings.patch_embedding.weight', 'lm_head.weight'],
      /language model with an image tower/,
    ],
    ['DINO', ['patch_embed.proj.weight', 'blocks.0.attn.qkv.weight'], /image model without a text tower/],
    ['DINO with teacher and student', ['student.backbone.patch_embed.proj.weight'], /image model without a text tower/],
    ['a ViT of Hugging Face', ['embeddings.patch_embeddings.projection.weight'], /image model without a text tower/],
    [
      'Stable Diffusion',
      ['cond_stage_model.transformer.text_model.embeddings.token_embedding.weight', 'model.diffusion_model.out.0.bias'],
      /Stable Diffusion/,
    ],
    ['CLIPTextModel', ['embeddings.token_embedding.weight', 'final_layer_norm.weight'], /CLIPTextModelWithProjection/],
    ['CLIPVisionModel', ['embeddings.class_embedding', 'pre_layrnorm.weight'], /CLIPVisionModelWithProjection/],
    ['bitsandbytes', [...clip, 'visual.transformer.resblocks.0.mlp.c_fc.weight.absmax'], /bitsandbytes/],
    ['GPTQ', [...clip, 'visual.transformer.resblocks.0.mlp.c_fc.qweight'], /GPTQ/],
    ['BERT', ['bert.embeddings.word_embeddings.weight'], /language model/],
    ['an optimizer', ['0.exp_avg'], /optimizer/],
    ['FSDP shards', ['_fsdp_wrapped_module._flat_param'], /FSDP/],
  ])('%s', (_, names, message) => {
    const text = refusal(names)
    expect(text).toMatch(/^a\.pt: it is /)
    expect(text).toMatch(message)
    expect(text).not.toMatch(/Pass the config/)
  })

  it('lists a few of its names if its kind is unknown', () => {
    const text = refusal(Array.from({ length: 500 }, (_, i) => `layers.${i}.weight`))
    expect(text).toMatch(
      /none of its 500 tensors has the name of a CLIP tensor; it contains layers\.0\.weight, .* and 490 more/,
    )
    expect(text.length).toBeLessThan(500)
  })

  it('accepts a CLIP model next to another kind of model', () => {
    expect(
      refusal([...clip.map((name) => `clip.${name}`), 'dino.patch_embed.proj.weight', 'bert.word_embeddings.weight']),
    ).toBe('nothing')
  })
})
