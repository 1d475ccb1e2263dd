/** Writes a model's config in Hugging Face's form: the `config.json` of a CLIPModel or a SiglipModel. */
import { checkConfig, invalidConfig } from '../config/check-config'
import type { CLIPConfig, TextConfig, VisionConfig } from '../config/clip-config'
import type { HuggingFaceConfig } from '../config/hugging-face-sections'

/** transformers' classes of models with two towers. */
export type HuggingFaceClass = 'CLIPModel' | 'SiglipModel'

/** The class that fits a model's family. */
export function huggingFaceClass({ family }: Pick<CLIPConfig, 'family'>): HuggingFaceClass {
  return family === 'siglip' ? 'SiglipModel' : 'CLIPModel'
}

/**
 * The `config.json` of transformers' class for the model's family.
 * @throws DreamLIPError `INVALID_CONFIG` listing everything that the class cannot express
 */
export function toHuggingFaceConfig(config: CLIPConfig): HuggingFaceConfig {
  const name = huggingFaceClass(config)
  const problems = name === 'CLIPModel' ? beyondCLIPModel(checkConfig(config)) : beyondSiglipModel(checkConfig(config))
  if (problems.length > 0) {
    throw invalidConfig([
      ...problems,
      `Hugging Face's ${name} cannot express this. Convert the model to open_clip's form instead (to: 'open-clip')`,
    ])
  }
  return name === 'CLIPModel' ? clipModel(config) : siglipModel(config)
}

function clipModel(config: CLIPConfig): HuggingFaceConfig {
  const { embedDim, text } = config
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: embedDim,
    logit_scale_init_value: 2.6592, // ln(1 / 0.07), transformers' default
    text_config: {
      model_type: 'clip_text_model',
      ...textTower(config),
      projection_dim: embedDim,
      // A text ends at the first of its last id. `pad_token_id` does not matter: the tower is causal.
      bos_token_id: text.vocabularySize - 2,
      eos_token_id: text.vocabularySize - 1,
      pad_token_id: 1,
    },
    vision_config: { model_type: 'clip_vision_model', ...visionTower(config), projection_dim: embedDim },
  }
}

function siglipModel(config: CLIPConfig): HuggingFaceConfig {
  const { embedDim, text } = config
  return {
    architectures: ['SiglipModel'],
    model_type: 'siglip',
    text_config: {
      model_type: 'siglip_text_model',
      ...textTower(config),
      projection_size: embedDim,
      pad_token_id: text.padId ?? 0,
    },
    vision_config: { model_type: 'siglip_vision_model', ...visionTower(config) },
  }
}

function textTower({ quickGelu, text }: CLIPConfig) {
  return {
    ...transformer(text, text.heads, quickGelu),
    max_position_embeddings: text.contextLength,
    vocab_size: text.vocabularySize,
  }
}

function visionTower({ quickGelu, vision }: CLIPConfig) {
  return {
    ...transformer(vision, vision.width / vision.headWidth, quickGelu),
    image_size: vision.imageSize,
    patch_size: vision.patchSize,
    num_channels: 3,
  }
}

function transformer(tower: VisionConfig | TextConfig, heads: number, quickGelu: boolean) {
  const { width, layers, mlpRatio, tanhGelu, normEpsilon = 1e-5 } = tower
  return {
    hidden_size: width,
    // A ratio that was inferred from shapes may be off by a rounding error.
    intermediate_size: Math.floor(width * mlpRatio + 1e-6),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    hidden_act: quickGelu ? 'quick_gelu' : tanhGelu ? 'gelu_pytorch_tanh' : 'gelu',
    layer_norm_eps: normEpsilon,
  }
}

/** Problems whose condition holds. */
function listed(problems: readonly (readonly [boolean | undefined, string])[]): string[] {
  return problems.flatMap(([isOne, problem]) => (isOne ? [problem] : []))
}

function beyondCLIPModel({ family, vision, text }: CLIPConfig): string[] {
  const { pool = 'end' } = text
  return listed([
    [family !== undefined, `family: '${family}' has no class in transformers`],
    [vision.layerScaleInit !== null, 'vision.layerScaleInit: the image tower has layer scale'],
    [text.layerScaleInit !== null, 'text.layerScaleInit: the text tower has layer scale'],
    [vision.pool !== 'token', `vision.pool: '${vision.pool}', images are not embedded by their class token`],
    [vision.noLnPre, 'vision.noLnPre: no layer norm before the first block'],
    [vision.finalLnAfterPool, 'vision.finalLnAfterPool: the last layer norm comes after the pooling'],
    [vision.noClassToken, 'vision.noClassToken: the image tower has no class token'],
    [vision.patchBias, 'vision.patchBias: the embedding of patches has a bias'],
    [vision.noProjection, 'vision.noProjection: images are not projected'],
    [text.noCausalMask, 'text.noCausalMask: tokens see later tokens'],
    [pool !== 'end', `text.pool: '${pool}', texts are not embedded by their end token`],
    [text.noProjection, 'text.noProjection: texts are not projected'],
    [text.projectionBias, 'text.projectionBias: the projection of texts has a bias'],
  ])
}

function beyondSiglipModel({ embedDim, vision, text }: CLIPConfig): string[] {
  return listed([
    [vision.layerScaleInit !== null, 'vision.layerScaleInit: the image tower has layer scale'],
    [text.layerScaleInit !== null, 'text.layerScaleInit: the text tower has layer scale'],
    [vision.pool !== 'map', `vision.pool: '${vision.pool}' is not an attention pool`],
    [!vision.noLnPre, 'vision.noLnPre: there is a layer norm before the first block'],
    [vision.finalLnAfterPool, 'vision.finalLnAfterPool: the last layer norm comes after the pooling'],
    [!vision.noClassToken, 'vision.noClassToken: the image tower has a class token'],
    [!vision.patchBias, 'vision.patchBias: the embedding of patches has no bias'],
    [!vision.noProjection, 'vision.noProjection: images are projected'],
    [embedDim !== vision.width, `embedDim: ${embedDim} is not the width of the image tower, ${vision.width}`],
    [!text.noCausalMask, 'text.noCausalMask: tokens do not see later tokens'],
    [text.pool !== 'last', `text.pool: '${text.pool ?? 'end'}', texts are not embedded by their last token`],
    [text.noProjection, 'text.noProjection: texts are not projected'],
    [!text.projectionBias, 'text.projectionBias: the projection of texts has no bias'],
  ])
}
