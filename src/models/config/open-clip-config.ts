/** Reads model configs in open_clip's own JSON form (`model_configs/*.json`), and reports unsupported fields. */
import { invalidConfig, show } from './check-config'
import { shorten } from '../../printable'
import type { CLIPConfig } from './clip-config'
import {
  modelFields,
  readFields,
  textDefaults,
  textPools,
  visionDefaults,
  visionPools,
  type Fields,
  type OpenCLIPConfig,
  type OpenCLIPPackage,
} from './open-clip-fields'
import { fromTimm } from './timm-vision'

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

/** Whether an object is open_clip's JSON rather than a `CLIPConfig`. */
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
    ...unsupported(json, '', modelFields, modelNeutral),
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
  return readFields(json, visionFields, timm && 'siglip')
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
