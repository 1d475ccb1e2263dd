/** Model configs in Hugging Face's form: the `config.json` of a CLIPModel or SiglipModel, or of one of its towers. */
import { invalidConfig, show } from './check-config'
import type { CLIPConfig } from './clip-config'
import { sectionOf, side, type HuggingFaceConfig } from './hugging-face-sections'
import { fromHuggingFaceSiglip, isSiglipConfig } from './hugging-face-siglip'

export type { HuggingFaceConfig } from './hugging-face-sections'

type Fields = Readonly<Record<string, unknown>>

/** Defaults of transformers' `CLIPVisionConfig` and `CLIPTextConfig`, for the fields that shape the towers. */
const shared = { hidden_act: 'quick_gelu', layer_norm_eps: 1e-5, projection_dim: 512 }
const visionDefaults = {
  ...shared,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  num_channels: 3,
  image_size: 224,
  patch_size: 32,
} satisfies Fields
const textDefaults = {
  ...shared,
  hidden_size: 512,
  intermediate_size: 2048,
  num_hidden_layers: 12,
  num_attention_heads: 8,
  vocab_size: 49408,
  max_position_embeddings: 77,
  eos_token_id: 49407,
} satisfies Fields

const activations: Readonly<Record<string, boolean>> = { quick_gelu: true, gelu: false }

const modelTypes: readonly unknown[] = [undefined, 'clip', 'clip_vision_model', 'clip_text_model']

/** SigLIP 2 has models of both kinds. */
export const naFlex =
  'its images have any shape and up to a number of patches (NaFlex). Use a SigLIP 2 model of fixed resolution, such as google/siglip2-base-patch16-224'

/** Whether an object is in Hugging Face's form. */
export function isHuggingFaceConfig(config: object): config is HuggingFaceConfig {
  return ['model_type', 'vision_config', 'text_config', 'hidden_size'].some((field) => Object.hasOwn(config, field))
}

/**
 * Reads Hugging Face's JSON, with transformers' defaults for missing fields. If it is the config of one tower, the other tower gets the
 * defaults.
 * @throws DreamLIPError `INVALID_CONFIG`, naming every unsupported feature
 */
export function fromHuggingFace(json: HuggingFaceConfig): CLIPConfig {
  if (isSiglipConfig(json)) return fromHuggingFaceSiglip(json)
  if (json.model_type === 'siglip2') throw invalidConfig([`model_type: "siglip2" is not supported: ${naFlex}`])
  if (!modelTypes.includes(json.model_type)) {
    throw invalidConfig([
      `model_type: ${show(json.model_type)} is not supported, only "clip" and "siglip", and their towers`,
    ])
  }
  const vision: Fields =
    json.model_type === 'clip_text_model' ? visionDefaults : sectionOf(json, 'vision', visionDefaults)
  const text: Fields = json.model_type === 'clip_vision_model' ? textDefaults : sectionOf(json, 'text', textDefaults)
  const problems = [
    ...(json.model_type === 'clip_text_model' ? [] : unsupported(vision, 'vision_config.')),
    ...(json.model_type === 'clip_vision_model' ? [] : unsupported(text, 'text_config.')),
  ]
  const acts = [vision.hidden_act, text.hidden_act]
  if (json.model_type === undefined || json.model_type === 'clip') {
    if (acts[0] !== acts[1])
      problems.push(`hidden_act: expected the same in both towers, got ${acts.map(show).join(' and ')}`)
  }
  if (problems.length > 0) throw invalidConfig(problems)
  // parseConfig checks the types of the values (checkConfig).
  return {
    embedDim: json.projection_dim ?? 512,
    quickGelu: activations[String(json.model_type === 'clip_text_model' ? acts[1] : acts[0])],
    vision: {
      imageSize: side(vision.image_size),
      patchSize: side(vision.patch_size),
      width: vision.hidden_size,
      layers: vision.num_hidden_layers,
      headWidth: Number(vision.hidden_size) / Number(vision.num_attention_heads),
      mlpRatio: Number(vision.intermediate_size) / Number(vision.hidden_size),
      layerScaleInit: null,
      pool: 'token',
      noLnPre: false,
      finalLnAfterPool: false,
      ...epsilonOf(vision),
    },
    text: {
      contextLength: text.max_position_embeddings,
      vocabularySize: text.vocab_size,
      width: text.hidden_size,
      heads: text.num_attention_heads,
      layers: text.num_hidden_layers,
      mlpRatio: Number(text.intermediate_size) / Number(text.hidden_size),
      layerScaleInit: null,
      ...epsilonOf(text),
    },
  } as CLIPConfig
}

function epsilonOf({ layer_norm_eps: epsilon }: Fields): Fields {
  return epsilon === shared.layer_norm_eps ? {} : { normEpsilon: epsilon }
}

function unsupported(fields: Fields, path: string): string[] {
  const problems: string[] = []
  const act = fields.hidden_act
  if (typeof act !== 'string' || !Object.hasOwn(activations, act)) {
    problems.push(`${path}hidden_act: ${show(act)} is not supported, only "quick_gelu" and "gelu"`)
  }
  if ('num_channels' in fields && fields.num_channels !== 3) {
    problems.push(`${path}num_channels: ${show(fields.num_channels)} is not supported, only 3`)
  }
  // Before transformers 4.31, the value was always 2 and meant: pool at the largest id. This package does the same.
  const [end, vocabulary] = [fields.eos_token_id, fields.vocab_size]
  if (end !== undefined && end !== 2 && end !== Number(vocabulary) - 1) {
    problems.push(
      `${path}eos_token_id: ${show(end)} is not supported, only the last id of the vocabulary (${Number(vocabulary) - 1}), or 2`,
    )
  }
  const heads = Number(fields.num_attention_heads)
  if (!(Number(fields.hidden_size) % heads === 0)) {
    problems.push(
      `${path}num_attention_heads: ${show(heads)} heads do not divide the width ${show(fields.hidden_size)}`,
    )
  }
  return problems
}
