/** Model configs in open_clip's own JSON form (`model_configs/*.json`), read and written. */
import { checkConfig, invalidConfig, show } from './check-config'
import { shorten } from '../../printable'
import type { CLIPConfig, VisionConfig } from './clip-config'
import { fromTimm } from './timm-vision'

/** open_clip's JSON: `embed_dim`, `vision_cfg`, `text_cfg` and, for OpenAI's activation, `quick_gelu`. */
export interface OpenCLIPConfig {
  readonly embed_dim: number
  readonly quick_gelu?: boolean
  readonly init_logit_bias?: number | null
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

/** PyTorch's epsilon of layer norms. */
const defaultEpsilon = 1e-5

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
  norm_kwargs: null,
  act_kwargs: null,
  // These three are not open_clip's, whose own towers always have a class token and a projection, and no bias of the convolution.
  no_class_token: false,
  conv_bias: false,
  proj_type: 'linear',
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
  pool_type: 'argmax',
  no_causal_mask: false,
  proj_type: 'linear',
  proj_bias: false,
  pad_id: 0,
  hf_tokenizer_name: null,
  tokenizer_kwargs: null,
  norm_kwargs: null,
  act_kwargs: null,
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
}
const visionNeutral: Fields = {
  ...blockNeutral,
  attentional_pool: false,
  global_average_pool: false,
  pos_embed_type: 'learnable',
}
const textNeutral: Fields = {
  ...blockNeutral,
  hf_model_name: null,
  tokenizer_mode: null,
  embed_cls: false,
  use_pad_mask: false,
}
const modelNeutral: Fields = { nonscalar_logit_scale: false, multimodal_cfg: null }

/**
 * Fields that never change embeddings: they are about training, return values, names, or parts that the model does not have.
 * (The text tower's `final_ln_after_pool` is one of them, because a layer norm of each token can be computed after selecting one.)
 */
const ignored =
  /^(output_tokens|patch_dropout|attn_pooler_(queries|heads)|timm_.+|hf_.+|eos_id|correct_cls_mask|final_ln_after_pool|custom_text|init_logit_scale)$/

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
  const timm = json.vision_cfg?.timm_model_name ? fromTimm(json.vision_cfg) : undefined
  const visionFields = timm && 'fields' in timm ? timm.fields : json.vision_cfg
  const problems = [
    ...unsupported(
      json,
      '',
      { embed_dim: 0, quick_gelu: 0, family: 0, init_logit_bias: 0, vision_cfg: 0, text_cfg: 0 },
      modelNeutral,
    ),
    ...(timm && 'problem' in timm ? [timm.problem] : []),
    ...unsupported(visionFields, 'vision_cfg.', visionDefaults, visionNeutral),
    ...unsupported(json.text_cfg, 'text_cfg.', textDefaults, textNeutral),
  ]
  if (Array.isArray(json.vision_cfg?.layers)) problems.push('vision_cfg.layers: ResNet towers are not supported')
  const vision: Fields = { ...visionDefaults, ...visionFields }
  const text: Fields = { ...textDefaults, ...json.text_cfg }
  problems.push(
    ...choiceProblems('vision_cfg', vision, { pool_type: visionPools, proj_type: { linear: false, none: true } }),
    ...choiceProblems('text_cfg', text, { pool_type: textPools, proj_type: { linear: false, none: true } }),
    ...kwargsProblems('vision_cfg', vision),
    ...kwargsProblems('text_cfg', text),
    ...tokenizerProblems(text.tokenizer_kwargs),
  )
  if (problems.length > 0) throw invalidConfig(problems)
  // parseConfig checks the types of the values (checkConfig).
  return {
    ...((json.family !== undefined || timm) && { family: json.family ?? 'siglip' }),
    embedDim: json.embed_dim,
    quickGelu: json.quick_gelu ?? false,
    ...(typeof json.init_logit_bias === 'number' && { logitBiasInit: json.init_logit_bias }),
    vision: {
      imageSize: side(vision.image_size),
      patchSize: side(vision.patch_size),
      width: vision.width,
      layers: vision.layers,
      headWidth: vision.head_width,
      mlpRatio: vision.mlp_ratio,
      layerScaleInit: vision.ls_init_value,
      pool: visionPools[String(vision.pool_type)],
      noLnPre: vision.no_ln_pre,
      finalLnAfterPool: vision.final_ln_after_pool,
      ...unlessDefault('noClassToken', vision.no_class_token, false),
      ...unlessDefault('patchBias', vision.conv_bias, false),
      ...unlessDefault('noProjection', vision.proj_type === 'none', false),
      ...readKwargs(vision),
    },
    text: {
      contextLength: text.context_length,
      vocabularySize: text.vocab_size,
      width: text.width,
      heads: text.heads,
      layers: text.layers,
      mlpRatio: text.mlp_ratio,
      layerScaleInit: text.ls_init_value,
      ...unlessDefault('noCausalMask', text.no_causal_mask, false),
      ...unlessDefault('pool', textPools[String(text.pool_type)], 'end'),
      ...unlessDefault('noProjection', text.proj_type === 'none', false),
      ...unlessDefault('projectionBias', text.proj_type !== 'none' && text.proj_bias, false),
      ...unlessDefault('padId', text.pad_id, 0),
      ...unlessDefault('cleaning', cleaningOf(text), undefined),
      ...readKwargs(text),
    },
  } as CLIPConfig
}

const visionPools: Fields = { tok: 'token', avg: 'average', map: 'map' }
const textPools: Fields = { argmax: 'end', last: 'last', first: 'first' }

/** open_clip's tokenizer for files of Hugging Face cleans white space unless it is told otherwise. */
function cleaningOf(text: Fields): unknown {
  const kwargs = text.tokenizer_kwargs as Fields | null
  return kwargs?.clean ?? (text.hf_tokenizer_name ? 'whitespace' : undefined)
}

/** An optional field of a config, left out where it has its default. */
function unlessDefault(name: string, value: unknown, byDefault: unknown): Fields {
  return value === byDefault || value === undefined ? {} : { [name]: value }
}

/** The epsilon of layer norms, and the kind of GELU. */
function readKwargs({ norm_kwargs: norm, act_kwargs: act }: Fields): Fields {
  return {
    ...unlessDefault('normEpsilon', (norm as Fields | null)?.eps, defaultEpsilon),
    ...unlessDefault('tanhGelu', (act as Fields | null)?.approximate === 'tanh', false),
  }
}

function choiceProblems(section: string, fields: Fields, choices: Readonly<Record<string, Fields>>): string[] {
  return Object.entries(choices).flatMap(([field, known]) =>
    Object.hasOwn(known, String(fields[field]))
      ? []
      : [
          `${section}.${field}: expected ${Object.keys(known)
            .map((value) => `"${value}"`)
            .join(' or ')}, got ${show(fields[field])}`,
        ],
  )
}

function kwargsProblems(section: string, { norm_kwargs: norm, act_kwargs: act }: Fields): string[] {
  const isNorm = isKwargs(norm, 'eps') && (!norm || norm.eps === undefined || typeof norm.eps === 'number')
  const isAct =
    isKwargs(act, 'approximate') && (!act || [undefined, 'none', 'tanh'].includes(act.approximate as string))
  return [
    ...(isNorm ? [] : [`${section}.norm_kwargs: ${showJSON(norm)} is not supported, only { eps }`]),
    ...(isAct ? [] : [`${section}.act_kwargs: ${showJSON(act)} is not supported, only { approximate: "tanh" }`]),
  ]
}

function tokenizerProblems(kwargs: unknown): string[] {
  if (isKwargs(kwargs, 'clean')) return []
  return [`text_cfg.tokenizer_kwargs: ${showJSON(kwargs)} is not supported, only { clean }`]
}

function isKwargs(value: unknown, field: string): value is Fields | null {
  return value === null || (typeof value === 'object' && Object.keys(value).every((key) => key === field))
}

const showJSON = (value: unknown) => shorten(JSON.stringify(value), 80)

/** Writes open_clip's JSON. Fields with open_clip's default are left out, if open_clip's own files leave them out. */
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
