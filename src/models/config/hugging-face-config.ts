/** Model configs in Hugging Face's form: the `config.json` of a CLIPModel, or of one of its towers. */
import { invalidConfig, show } from './check-config'
import type { CLIPConfig } from './clip-config'

type Fields = Readonly<Record<string, unknown>>

/** A `CLIPConfig` of transformers as JSON, or the config of one tower (`clip_vision_model`, `clip_text_model`). */
export interface HuggingFaceConfig {
  readonly model_type?: string
  readonly projection_dim?: number
  readonly vision_config?: Fields | null
  readonly text_config?: Fields | null
  readonly [field: string]: unknown
}

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
  if (!modelTypes.includes(json.model_type)) {
    throw invalidConfig([`model_type: ${show(json.model_type)} is not supported, only "clip" and its two towers`])
  }
  const vision: Fields =
    json.model_type === 'clip_text_model' ? visionDefaults : section(json, 'vision', visionDefaults)
  const text: Fields = json.model_type === 'clip_vision_model' ? textDefaults : section(json, 'text', textDefaults)
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
    },
    text: {
      contextLength: text.max_position_embeddings,
      vocabularySize: text.vocab_size,
      width: text.hidden_size,
      heads: text.num_attention_heads,
      layers: text.num_hidden_layers,
      mlpRatio: Number(text.intermediate_size) / Number(text.hidden_size),
      layerScaleInit: null,
    },
  } as CLIPConfig
}

/**
 * The fields of a tower. Old files also have them as `…_config_dict`, which transformers fills with its defaults and prefers to
 * `…_config`. The config of a single tower has them at the top level.
 */
function section(json: HuggingFaceConfig, tower: 'vision' | 'text', defaults: Fields): Fields {
  const [plain, old] = [json[`${tower}_config`], json[`${tower}_config_dict`]]
  const single = json.model_type === `clip_${tower}_model` || ('hidden_size' in json && plain === undefined)
  const fields = single ? json : (old ?? plain ?? {})
  if (typeof fields !== 'object' || Array.isArray(fields))
    throw invalidConfig([`${tower}_config: expected an object, got ${show(fields)}`])
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}

function unsupported(fields: Fields, path: string): string[] {
  const problems: string[] = []
  const act = fields.hidden_act
  if (typeof act !== 'string' || !Object.hasOwn(activations, act)) {
    problems.push(`${path}hidden_act: ${show(act)} is not supported, only "quick_gelu" and "gelu"`)
  }
  if (fields.layer_norm_eps !== 1e-5) {
    problems.push(`${path}layer_norm_eps: ${show(fields.layer_norm_eps)} is not supported, only 1e-5`)
  }
  if ('num_channels' in fields && fields.num_channels !== 3) {
    problems.push(`${path}num_channels: ${show(fields.num_channels)} is not supported, only 3`)
  }
  // Before transformers 4.31, the value was always 2 and meant: pool at the largest id. That is what this package does.
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

/** A square is written as one number or two. */
function side(size: unknown): unknown {
  return Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size
}
