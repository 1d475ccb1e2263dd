/** Writes a model's config in Hugging Face's form: the `config.json` of a CLIPModel. */
import { checkConfig, invalidConfig } from './check-config'
import type { CLIPConfig, TextConfig, VisionConfig } from './clip-config'
import type { HuggingFaceConfig } from './hugging-face-config'

/**
 * The `config.json` of transformers' `CLIPModel`.
 * @throws DreamLIPError `INVALID_CONFIG` that names everything that a CLIPModel cannot have
 */
export function toHuggingFaceConfig(config: CLIPConfig): HuggingFaceConfig {
  const { embedDim, quickGelu, vision, text } = checkConfig(config)
  const problems = inexpressible(config)
  if (problems.length > 0) {
    throw invalidConfig([
      ...problems,
      "Hugging Face's CLIPModel cannot express this. Convert the model to open_clip's form instead (to: 'open-clip')",
    ])
  }
  const shared = { hidden_act: quickGelu ? 'quick_gelu' : 'gelu', layer_norm_eps: 1e-5, projection_dim: embedDim }
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: embedDim,
    logit_scale_init_value: 2.6592, // ln(1 / 0.07), transformers' default
    text_config: {
      model_type: 'clip_text_model',
      ...shared,
      ...transformer(text, text.heads),
      max_position_embeddings: text.contextLength,
      vocab_size: text.vocabularySize,
      // Both towers end a text at the first of its last id. `pad_token_id` does not matter: the tower is causal.
      bos_token_id: text.vocabularySize - 2,
      eos_token_id: text.vocabularySize - 1,
      pad_token_id: 1,
    },
    vision_config: {
      model_type: 'clip_vision_model',
      ...shared,
      ...transformer(vision, vision.width / vision.headWidth),
      image_size: vision.imageSize,
      patch_size: vision.patchSize,
      num_channels: 3,
    },
  }
}

function transformer({ width, layers, mlpRatio }: VisionConfig | TextConfig, heads: number) {
  return {
    hidden_size: width,
    // A ratio that was inferred from shapes may be off by a rounding error.
    intermediate_size: Math.floor(width * mlpRatio + 1e-6),
    num_hidden_layers: layers,
    num_attention_heads: heads,
  }
}

function inexpressible({ family, vision, text }: CLIPConfig): string[] {
  return [
    ...(family !== undefined ? [`family: '${family}' has no class in transformers`] : []),
    ...(vision.layerScaleInit !== null ? ['vision.layerScaleInit: the image tower has layer scale'] : []),
    ...(text.layerScaleInit !== null ? ['text.layerScaleInit: the text tower has layer scale'] : []),
    ...(vision.pool === 'average' ? ["vision.pool: 'average', images are embedded by the mean of their patches"] : []),
    ...(vision.noLnPre ? ['vision.noLnPre: no layer norm before the first block'] : []),
    ...(vision.finalLnAfterPool ? ['vision.finalLnAfterPool: the last layer norm comes after the pooling'] : []),
  ]
}
