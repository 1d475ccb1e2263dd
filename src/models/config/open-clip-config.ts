/** Model configs in open_clip's own JSON form (`model_configs/*.json`), read and written. */
import { checkConfig, invalidConfig, show } from './check-config'
import type { CLIPConfig } from './clip-config'

/** open_clip's JSON: `embed_dim`, `vision_cfg`, `text_cfg` and, for OpenAI's activation, `quick_gelu`. */
export interface OpenCLIPConfig {
  readonly embed_dim: number
  readonly quick_gelu?: boolean
  /** This package's addition: the family of a model other than CLIP, such as `flair`. */
  readonly family?: string
  readonly vision_cfg: Readonly<Record<string, unknown>>
  readonly text_cfg: Readonly<Record<string, unknown>>
}

/** `open_clip_config.json` of the Hugging Face Hub: the model's config and its preprocessing. */
export interface OpenCLIPPackage {
  readonly model_cfg: OpenCLIPConfig
  readonly preprocess_cfg?: Readonly<Record<string, unknown>>
}

type Fields = Readonly<Record<string, unknown>>

/** Defaults of open_clip 3.3's `CLIPVisionCfg`, for the supported fields. */
const visionDefaults = {
  image_size: 224,
  layers: 12,
  width: 768,
  patch_size: 16,
  head_width: 64,
  mlp_ratio: 4,
  ls_init_value: null,
  pool_type: 'tok',
  no_ln_pre: false,
  final_ln_after_pool: false,
} satisfies Fields

/** Defaults of `CLIPTextCfg`. */
const textDefaults = {
  context_length: 77,
  vocab_size: 49408,
  width: 512,
  heads: 8,
  layers: 12,
  mlp_ratio: 4,
  ls_init_value: null,
} satisfies Fields

/** Values of unsupported fields that have no effect on the results of a model. */
const blockNeutral: Fields = {
  block_type: 'default',
  qk_norm: false,
  scaled_cosine_attn: false,
  scale_heads: false,
  scale_attn_inner: false,
  scale_attn: false,
  scale_fc: false,
  act_kwargs: null,
  norm_kwargs: null,
}
const visionNeutral: Fields = {
  ...blockNeutral,
  timm_model_name: null,
  attentional_pool: false,
  global_average_pool: false,
  pos_embed_type: 'learnable',
}
const textNeutral: Fields = {
  ...blockNeutral,
  hf_model_name: null,
  hf_tokenizer_name: null,
  tokenizer_mode: null,
  tokenizer_kwargs: null,
  pool_type: 'argmax',
  embed_cls: false,
  no_causal_mask: false,
  proj_type: 'linear',
  proj_bias: false,
}
const modelNeutral: Fields = { nonscalar_logit_scale: false, multimodal_cfg: null }

/**
 * Fields that never change embeddings: they are about training, return values, names, or parts that the model does not have.
 * (The text tower's `final_ln_after_pool` is one of them, because a layer norm of each token can be computed after selecting one.)
 */
const ignored =
  /^(output_tokens|patch_dropout|attn_pooler_(queries|heads)|timm_.+|hf_.+|pad_id|eos_id|final_ln_after_pool|custom_text|init_logit_(scale|bias))$/

/** Whether an object is open_clip's JSON, and not a `CLIPConfig`. */
export function isOpenCLIPConfig(config: object): config is OpenCLIPConfig {
  return 'embed_dim' in config || 'vision_cfg' in config || 'text_cfg' in config
}

/** Whether an object is an `open_clip_config.json`. */
export function isOpenCLIPPackage(config: object): config is OpenCLIPPackage {
  return 'model_cfg' in config && typeof config.model_cfg === 'object' && config.model_cfg !== null
}

/**
 * Reads open_clip's JSON, with open_clip's defaults for missing fields.
 * @throws DreamLIPError `INVALID_CONFIG`, naming every unsupported feature (timm and Hugging Face towers, ResNets, attentional
 *   pooling, …) and every unknown field
 */
export function fromOpenCLIP(json: OpenCLIPConfig): CLIPConfig {
  const problems = [
    ...unsupported(json, '', { embed_dim: 0, quick_gelu: 0, family: 0, vision_cfg: 0, text_cfg: 0 }, modelNeutral),
    ...unsupported(json.vision_cfg, 'vision_cfg.', visionDefaults, visionNeutral),
    ...unsupported(json.text_cfg, 'text_cfg.', textDefaults, textNeutral),
  ]
  if (Array.isArray(json.vision_cfg?.layers)) problems.push('vision_cfg.layers: ResNet towers are not supported')
  const pools: Fields = { tok: 'token', avg: 'average' }
  const vision: Fields = { ...visionDefaults, ...json.vision_cfg }
  const text: Fields = { ...textDefaults, ...json.text_cfg }
  if (!Object.hasOwn(pools, String(vision.pool_type))) {
    problems.push(`vision_cfg.pool_type: expected "tok" or "avg", got ${show(vision.pool_type)}`)
  }
  if (problems.length > 0) throw invalidConfig(problems)
  // parseConfig checks the types of the values (checkConfig).
  return {
    ...(json.family !== undefined && { family: json.family }),
    embedDim: json.embed_dim,
    quickGelu: json.quick_gelu ?? false,
    vision: {
      imageSize: side(vision.image_size),
      patchSize: side(vision.patch_size),
      width: vision.width,
      layers: vision.layers,
      headWidth: vision.head_width,
      mlpRatio: vision.mlp_ratio,
      layerScaleInit: vision.ls_init_value,
      pool: pools[String(vision.pool_type)],
      noLnPre: vision.no_ln_pre,
      finalLnAfterPool: vision.final_ln_after_pool,
    },
    text: {
      contextLength: text.context_length,
      vocabularySize: text.vocab_size,
      width: text.width,
      heads: text.heads,
      layers: text.layers,
      mlpRatio: text.mlp_ratio,
      layerScaleInit: text.ls_init_value,
    },
  } as CLIPConfig
}

/** Writes open_clip's JSON. Fields with open_clip's default are left out, if open_clip's own files leave them out. */
export function toOpenCLIPConfig(config: CLIPConfig): OpenCLIPConfig {
  const { family, embedDim, quickGelu, vision, text } = checkConfig(config)
  return {
    ...(family !== undefined && { family }),
    embed_dim: embedDim,
    ...(quickGelu && { quick_gelu: true }),
    vision_cfg: {
      image_size: vision.imageSize,
      layers: vision.layers,
      width: vision.width,
      patch_size: vision.patchSize,
      ...(vision.headWidth !== visionDefaults.head_width && { head_width: vision.headWidth }),
      ...(vision.mlpRatio !== visionDefaults.mlp_ratio && { mlp_ratio: vision.mlpRatio }),
      ...(vision.layerScaleInit !== null && { ls_init_value: vision.layerScaleInit }),
      ...(vision.pool === 'average' && { pool_type: 'avg' }),
      ...(vision.noLnPre && { no_ln_pre: true }),
      ...(vision.finalLnAfterPool && { final_ln_after_pool: true }),
    },
    text_cfg: {
      context_length: text.contextLength,
      vocab_size: text.vocabularySize,
      width: text.width,
      heads: text.heads,
      layers: text.layers,
      ...(text.mlpRatio !== textDefaults.mlp_ratio && { mlp_ratio: text.mlpRatio }),
      ...(text.layerScaleInit !== null && { ls_init_value: text.layerScaleInit }),
    },
  }
}

/** Lists the unsupported fields that would change results, and the unknown fields. */
function unsupported(section: unknown, path: string, built: Fields, neutral: Fields): string[] {
  if (typeof section !== 'object' || section === null) {
    return [`${path.slice(0, -1)}: expected an object, got ${show(section)}`]
  }
  return Object.entries(section).flatMap(([field, value]) => {
    if (Object.hasOwn(built, field)) return []
    if (Object.hasOwn(neutral, field)) {
      return value === null || value === neutral[field] ? [] : [`${path}${field}: ${show(value)} is not supported`]
    }
    return ignored.test(field) ? [] : [`${path}${field}: unknown field`]
  })
}

/** open_clip writes a square as one number or two. */
function side(size: unknown): unknown {
  return Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size
}
