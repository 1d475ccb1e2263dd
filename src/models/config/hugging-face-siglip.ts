/** Model configs in Hugging Face's form: the `config.json` of a SiglipModel (SigLIP, and SigLIP 2 at fixed resolution). */
import { invalidConfig, show } from './check-config'
import type { CLIPConfig, TextConfig } from './clip-config'
import { sectionOf, side, type HuggingFaceConfig } from './hugging-face-sections'
import { siglipVision } from './siglip-vision'

type Fields = Readonly<Record<string, unknown>>

/** Defaults of transformers' `SiglipVisionConfig` and `SiglipTextConfig`, for the fields that shape the towers. */
const shared = {
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  hidden_act: 'gelu_pytorch_tanh',
  layer_norm_eps: 1e-6,
}
const visionDefaults = {
  ...shared,
  num_channels: 3,
  image_size: 224,
  patch_size: 16,
  vision_use_head: true,
} satisfies Fields
const textDefaults = { ...shared, vocab_size: 32_000, max_position_embeddings: 64 } satisfies Fields

/** The vocabulary of Gemma, which SigLIP 2 uses: its padding has the id 0. The sentence pieces of SigLIP have 1. */
const gemmaVocabulary = 256_000

/** The initial bias of the sigmoid loss (SigLIP's paper, section 3.2). */
export const initialLogitBias = -10

const activations: Readonly<Record<string, boolean>> = { gelu: false, gelu_pytorch_tanh: true }

/** Whether an object is the config of a SiglipModel, or of one of its towers. */
export function isSiglipConfig({ model_type }: HuggingFaceConfig): boolean {
  return typeof model_type === 'string' && /^siglip(?:_(?:vision|text)_model)?$/.test(model_type)
}

/**
 * Reads a SigLIP config, with transformers' defaults for missing fields. If it is the config of one tower, the other tower gets the
 * defaults.
 * @throws DreamLIPError `INVALID_CONFIG`, naming every unsupported feature
 */
export function fromHuggingFaceSiglip(json: HuggingFaceConfig): CLIPConfig {
  const single = json.model_type === 'siglip' ? undefined : json.model_type
  const vision: Fields = single === 'siglip_text_model' ? visionDefaults : sectionOf(json, 'vision', visionDefaults)
  const text: Fields = single === 'siglip_vision_model' ? textDefaults : sectionOf(json, 'text', textDefaults)
  const embedDim = single === 'siglip_text_model' ? (text.projection_size ?? text.hidden_size) : vision.hidden_size
  const problems = [...visionProblems(vision), ...towerProblems(text, 'text_config.')]
  const projected = text.projection_size ?? text.hidden_size
  if (single === undefined && projected !== embedDim) {
    problems.push(
      `text_config.projection_size: expected the image tower's hidden_size ${show(embedDim)}, got ${show(projected)}`,
    )
  }
  if (problems.length > 0) throw invalidConfig(problems)
  const { padId, cleaning } = siglipTexts(text.vocab_size)
  // parseConfig checks the types of the values (checkConfig).
  return {
    family: 'siglip',
    embedDim,
    quickGelu: false,
    logitBiasInit: initialLogitBias,
    vision: {
      imageSize: side(vision.image_size),
      patchSize: side(vision.patch_size),
      ...blocksOf(vision),
      headWidth: Number(vision.hidden_size) / Number(vision.num_attention_heads),
      ...siglipVision,
    },
    text: {
      contextLength: text.max_position_embeddings,
      vocabularySize: text.vocab_size,
      ...blocksOf(text),
      heads: text.num_attention_heads,
      noCausalMask: true,
      pool: 'last',
      projectionBias: true,
      padId: text.pad_token_id ?? padId,
      cleaning,
    },
  } as CLIPConfig
}

/** The padding and cleaning of texts for a SigLIP model with a vocabulary of this size. */
export function siglipTexts(vocabularySize: unknown): Required<Pick<TextConfig, 'padId' | 'cleaning'>> {
  return vocabularySize === gemmaVocabulary ? { padId: 0, cleaning: 'lower-only' } : { padId: 1, cleaning: 'siglip' }
}

/** The fields that both towers share. */
function blocksOf(fields: Fields): Fields {
  return {
    width: fields.hidden_size,
    layers: fields.num_hidden_layers,
    mlpRatio: Number(fields.intermediate_size) / Number(fields.hidden_size),
    layerScaleInit: null,
    normEpsilon: fields.layer_norm_eps,
    tanhGelu: activations[String(fields.hidden_act)],
  }
}

function visionProblems(vision: Fields): string[] {
  const problems = towerProblems(vision, 'vision_config.')
  if (vision.num_channels !== 3) {
    problems.push(`vision_config.num_channels: ${show(vision.num_channels)} is not supported, only 3`)
  }
  if (vision.vision_use_head !== true) {
    problems.push('vision_config.vision_use_head: a tower without its head has no image embedding')
  }
  return problems
}

function towerProblems(fields: Fields, path: string): string[] {
  const problems: string[] = []
  const { hidden_act: act, hidden_size: width, num_attention_heads: heads } = fields
  if (typeof act !== 'string' || !Object.hasOwn(activations, act)) {
    problems.push(`${path}hidden_act: ${show(act)} is not supported, only "gelu_pytorch_tanh" and "gelu"`)
  }
  if (!(Number(width) % Number(heads) === 0)) {
    problems.push(`${path}num_attention_heads: ${show(heads)} heads do not divide the width ${show(width)}`)
  }
  return problems
}
