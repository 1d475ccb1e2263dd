/** Model configs: what a CLIP is made of, checked; the released sizes; open_clip's JSON in and out. */
import { DreamLIPError } from '../errors'
import { shorten } from '../printable'
import { checkConfig, show } from './check-config'
import { fromOpenCLIP, isOpenCLIPConfig, type OpenCLIPConfig } from './open-clip-config'

export { toOpenCLIPConfig, type OpenCLIPConfig } from './open-clip-config'
export { inferConfig } from './infer-config'

/** The vision tower: a transformer over square patches and a class token. */
export interface VisionConfig {
  /** Side of the square input in pixels. */
  readonly imageSize: number
  /** Side of a patch in pixels. */
  readonly patchSize: number
  readonly width: number
  readonly layers: number
  /** Width of one attention head; the tower has `width / headWidth` of them. */
  readonly headWidth: number
  /** Hidden width of the MLPs over `width`. */
  readonly mlpRatio: number
  /** What layer scale starts from; `null`: the blocks have none. */
  readonly layerScaleInit: number | null
  /** The image embedding comes from the class token, or from the mean of the patches. */
  readonly pool: 'token' | 'average'
  /** No layer norm before the first block. */
  readonly noLnPre: boolean
  /** `ln_post` is applied to the pooled vector instead of to the tokens. */
  readonly finalLnAfterPool: boolean
}

/** The text tower: a causal transformer, pooled at the end token. */
export interface TextConfig {
  /** The most tokens of a text, start and end included. */
  readonly contextLength: number
  readonly vocabularySize: number
  readonly width: number
  readonly heads: number
  readonly layers: number
  readonly mlpRatio: number
  readonly layerScaleInit: number | null
}

/** A CLIP model: open_clip's config in camelCase, with nothing left to a default. */
export interface CLIPConfig {
  /** Width of the space that images and texts share. */
  readonly embedDim: number
  /** MLPs use `x · sigmoid(1.702 x)` (OpenAI's models) instead of exact GELU. */
  readonly quickGelu: boolean
  readonly vision: VisionConfig
  readonly text: TextConfig
}

/** The released and customary sizes, by open_clip's names: `ViT-B-16` (DreamLIP's) and others, each also as `…-quickgelu`. */
export const modelConfigs: Readonly<Record<string, CLIPConfig>> = Object.fromEntries(
  (
    [
      // name, image, patch, vision width, vision layers, text width, embedding: open_clip's model_configs
      ['ViT-S-32', 224, 32, 384, 12, 384, 384],
      ['ViT-S-16', 224, 16, 384, 12, 384, 384],
      ['ViT-M-32', 224, 32, 512, 12, 512, 512],
      ['ViT-M-16', 224, 16, 512, 12, 512, 512],
      ['ViT-B-32', 224, 32, 768, 12, 512, 512],
      ['ViT-B-16', 224, 16, 768, 12, 512, 512],
      ['ViT-L-14', 224, 14, 1024, 24, 768, 768],
      ['ViT-L-14-336', 336, 14, 1024, 24, 768, 768],
    ] as const
  ).flatMap(([name, imageSize, patchSize, width, layers, textWidth, embedDim]) => {
    const config: CLIPConfig = fromOpenCLIP({
      embed_dim: embedDim,
      vision_cfg: { image_size: imageSize, layers, width, patch_size: patchSize },
      text_cfg: { width: textWidth, heads: textWidth / 64, layers: 12 },
    })
    return [
      [name, config],
      [`${name}-quickgelu`, { ...config, quickGelu: true }],
    ]
  }),
)

/**
 * A complete, checked config from a name (`ViT-B-16`, `ViT-B/16`), from open_clip's JSON, or from a config.
 * @throws DreamLIPError `INVALID_CONFIG` that lists everything that is wrong, unsupported parts by name
 */
export function parseConfig(config: string | OpenCLIPConfig | CLIPConfig): CLIPConfig {
  if (typeof config === 'string') return namedConfig(config)
  if (typeof config !== 'object' || config === null) {
    throw new DreamLIPError(
      'INVALID_CONFIG',
      `config: expected a model name, an open_clip config or a CLIPConfig, got ${show(config)}.`,
    )
  }
  return checkConfig(isOpenCLIPConfig(config) ? fromOpenCLIP(config) : config)
}

function namedConfig(name: string): CLIPConfig {
  const config = Object.entries(modelConfigs).find(([known]) => known === name.replace('/', '-'))?.[1]
  if (config) return config
  throw new DreamLIPError(
    'INVALID_CONFIG',
    `config: there is no model named '${shorten(name, 80)}'. Known: ${Object.keys(modelConfigs).join(', ')}. ` +
      `For another one, pass its open_clip config.`,
  )
}
