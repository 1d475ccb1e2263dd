/** The fields of open_clip's JSON, their defaults, and their counterparts in a config. */
import type { CLIPConfig } from './clip-config'

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

export type Fields = Readonly<Record<string, unknown>>

/** PyTorch's epsilon of layer norms. */
export const defaultEpsilon = 1e-5

/** Defaults of open_clip 3.3's `CLIPVisionCfg`, for the supported fields. */
export const visionDefaults = {
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
  // These three are additions: open_clip's own towers always have a class token and a projection, and no bias of the convolution.
  no_class_token: false,
  conv_bias: false,
  proj_type: 'linear',
} satisfies Fields

/** Defaults of `CLIPTextCfg`. */
export const textDefaults = {
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

/** The fields outside both towers. */
export const modelFields: Fields = {
  embed_dim: 0,
  quick_gelu: 0,
  family: 0,
  init_logit_bias: 0,
  vision_cfg: 0,
  text_cfg: 0,
}

export const visionPools: Fields = { tok: 'token', avg: 'average', map: 'map' }
export const textPools: Fields = { argmax: 'end', last: 'last', first: 'first' }

/** Whether `readFields` knows all fields and their values. The other checks are loaded only for other files. */
export function isPlainOpenCLIP({ vision_cfg: vision, text_cfg: text, ...model }: OpenCLIPConfig): boolean {
  const all: readonly (readonly [object, Fields])[] = [
    [model, modelFields],
    [vision, visionDefaults],
    [text, textDefaults],
  ]
  const unread = ['norm_kwargs', 'act_kwargs', 'proj_type', 'tokenizer_kwargs', 'hf_tokenizer_name']
  return (
    all.every(([section, known]) =>
      Object.keys(section ?? { none: 0 }).every((field) => Object.hasOwn(known, field) && !unread.includes(field)),
    ) &&
    !Array.isArray(vision.layers) &&
    isOneOf(visionPools, vision.pool_type) &&
    isOneOf(textPools, text.pool_type)
  )
}

function isOneOf(known: Fields, name: unknown): boolean {
  return name === undefined || (typeof name === 'string' && Object.hasOwn(known, name))
}

/**
 * The config from checked JSON. The types of its values are not checked yet: `checkConfig` does that.
 * @param visionFields the fields of the image tower
 * @param family the default if the JSON names none
 */
export function readFields(
  json: OpenCLIPConfig,
  visionFields: Fields = json.vision_cfg,
  family: string | undefined = undefined,
): CLIPConfig {
  const vision: Fields = { ...visionDefaults, ...visionFields }
  const text: Fields = { ...textDefaults, ...json.text_cfg }
  return {
    ...((json.family ?? family) !== undefined && { family: json.family ?? family }),
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

/** open_clip's tokenizer for Hugging Face files cleans white space by default. */
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

/** open_clip writes a square as one number or two. */
function side(size: unknown): unknown {
  return Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size
}
