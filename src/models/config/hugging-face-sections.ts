/** The sections of Hugging Face's `config.json` with two towers. */
import { invalidConfig, show } from './check-config'

type Fields = Readonly<Record<string, unknown>>

/** A `CLIPConfig` or `SiglipConfig` of transformers as JSON, or the config of one tower (`clip_vision_model`, `clip_text_model`, …). */
export interface HuggingFaceConfig {
  readonly model_type?: string
  readonly projection_dim?: number
  readonly vision_config?: Fields | null
  readonly text_config?: Fields | null
  readonly [field: string]: unknown
}

/**
 * The fields of a tower. Old files also have them as `…_config_dict`, which transformers fills with its defaults and prefers to
 * `…_config`. The config of a single tower has them at the top level.
 * @throws DreamLIPError `INVALID_CONFIG`
 */
export function sectionOf(json: HuggingFaceConfig, tower: 'vision' | 'text', defaults: Fields): Fields {
  const [plain, old] = [json[`${tower}_config`], json[`${tower}_config_dict`]]
  const single = json.model_type?.endsWith(`_${tower}_model`) || ('hidden_size' in json && plain === undefined)
  const fields = single ? json : (old ?? plain ?? {})
  if (typeof fields !== 'object' || Array.isArray(fields))
    throw invalidConfig([`${tower}_config: expected an object, got ${show(fields)}`])
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}

/** A square is written as one number or two. */
export function side(size: unknown): unknown {
  return Array.isArray(size) && size.length === 2 && size[0] === size[1] ? size[0] : size
}
