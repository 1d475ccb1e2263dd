/** Writes model configs in open_clip's JSON form. */
import { checkConfig } from './check-config'
import type { CLIPConfig, VisionConfig } from './clip-config'
import { defaultEpsilon, textDefaults, visionDefaults, type Fields, type OpenCLIPConfig } from './open-clip-fields'

/** Writes open_clip's JSON. Omits fields with open_clip's default if open_clip's own files omit them. */
export function toOpenCLIPConfig(config: CLIPConfig): OpenCLIPConfig {
  const { family, embedDim, quickGelu, logitBiasInit, vision, text } = checkConfig(config)
  return {
    ...(family !== undefined && { family }),
    embed_dim: embedDim,
    ...(quickGelu && { quick_gelu: true }),
    ...(logitBiasInit !== undefined && { init_logit_bias: logitBiasInit }),
    vision_cfg: {
      image_size: vision.imageSize,
      layers: vision.layers,
      width: vision.width,
      patch_size: vision.patchSize,
      ...(vision.headWidth !== visionDefaults.head_width && { head_width: vision.headWidth }),
      ...(vision.mlpRatio !== visionDefaults.mlp_ratio && { mlp_ratio: vision.mlpRatio }),
      ...(vision.layerScaleInit !== null && { ls_init_value: vision.layerScaleInit }),
      ...(vision.pool !== 'token' && { pool_type: vision.pool === 'map' ? 'map' : 'avg' }),
      ...(vision.noLnPre && { no_ln_pre: true }),
      ...(vision.finalLnAfterPool && { final_ln_after_pool: true }),
      ...(vision.noClassToken && { no_class_token: true }),
      ...(vision.patchBias && { conv_bias: true }),
      ...(vision.noProjection && { proj_type: 'none' }),
      ...writeKwargs(vision),
    },
    text_cfg: {
      context_length: text.contextLength,
      vocab_size: text.vocabularySize,
      width: text.width,
      heads: text.heads,
      layers: text.layers,
      ...(text.mlpRatio !== textDefaults.mlp_ratio && { mlp_ratio: text.mlpRatio }),
      ...(text.layerScaleInit !== null && { ls_init_value: text.layerScaleInit }),
      ...(text.noCausalMask && { no_causal_mask: true }),
      ...(text.pool && text.pool !== 'end' && { pool_type: text.pool }),
      ...(text.noProjection && { proj_type: 'none' }),
      ...(text.projectionBias && { proj_bias: true }),
      ...(text.padId && { pad_id: text.padId }),
      ...(text.cleaning && { tokenizer_kwargs: { clean: text.cleaning } }),
      ...writeKwargs(text),
    },
  }
}

function writeKwargs({ normEpsilon, tanhGelu }: Pick<VisionConfig, 'normEpsilon' | 'tanhGelu'>): Fields {
  return {
    ...(normEpsilon !== undefined && normEpsilon !== defaultEpsilon && { norm_kwargs: { eps: normEpsilon } }),
    ...(tanhGelu && { act_kwargs: { approximate: 'tanh' } }),
  }
}
