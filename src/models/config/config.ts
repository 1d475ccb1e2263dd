/** Model configs: reads and checks them from names, open_clip's JSON or Hugging Face's JSON. */
import { shorten } from '../../printable'
import { checkConfig, invalidConfig, show } from './check-config'
import type { CLIPConfig } from './clip-config'
import { fromHuggingFace, isHuggingFaceConfig, type HuggingFaceConfig } from './hugging-face-config'
import { modelConfigs } from './model-configs'
import { fromOpenCLIP, isOpenCLIPConfig, isOpenCLIPPackage } from './open-clip-config'
import type { OpenCLIPConfig, OpenCLIPPackage } from './open-clip-fields'

export type { CLIPConfig, TextCleaning, TextConfig, VisionConfig } from './clip-config'
export type { HuggingFaceConfig } from './hugging-face-config'
export type { InferConfigOptions, TensorShapes } from './infer-config'
export { modelConfigs } from './model-configs'
export type { OpenCLIPConfig, OpenCLIPPackage } from './open-clip-fields'
export { toOpenCLIPConfig } from './to-open-clip'

/** The forms of a config. A string is the name of a model, or one of the objects as JSON. */
export type ConfigInput = string | OpenCLIPConfig | OpenCLIPPackage | HuggingFaceConfig | CLIPConfig

/**
 * Returns a complete, checked config. Takes a name (`ViT-B-16`, `ViT-B/16`), open_clip's JSON (also `open_clip_config.json`, with its
 * `model_cfg`), the `config.json` of a Hugging Face CLIPModel, or a config. JSON may be an object or text.
 * @throws DreamLIPError `INVALID_CONFIG`, listing all problems and unsupported features by name
 */
export function parseConfig(config: ConfigInput): CLIPConfig {
  if (typeof config === 'string') return isJSON(config) ? parseConfig(parseJSON(config)) : namedConfig(config)
  if (typeof config !== 'object' || config === null) {
    throw invalidConfig([`expected a model name, an open_clip config or a CLIPConfig, got ${show(config)}`])
  }
  return checkConfig(toConfig(config))
}

function toConfig(config: Exclude<ConfigInput, string>): CLIPConfig {
  if (isOpenCLIPPackage(config)) return fromOpenCLIP(config.model_cfg)
  if (isOpenCLIPConfig(config)) return fromOpenCLIP(config)
  return isHuggingFaceConfig(config) ? fromHuggingFace(config) : config
}

/** Whether a string is JSON, and not a name or a path. */
export function isJSON(text: string): boolean {
  return text.trimStart().startsWith('{')
}

/** @throws DreamLIPError `INVALID_CONFIG` if the text is not JSON */
export function parseJSON(text: string): Exclude<ConfigInput, string> {
  try {
    return JSON.parse(text) as Exclude<ConfigInput, string>
  } catch (error) {
    throw invalidConfig([`expected JSON: ${(error as Error).message.slice(0, 200)}`])
  }
}

function namedConfig(name: string): CLIPConfig {
  const config = Object.entries(modelConfigs).find(([known]) => known === name.replace('/', '-'))?.[1]
  if (config) return config
  throw invalidConfig([
    `there is no model named '${shorten(name, 80)}'. Known: ${Object.keys(modelConfigs).join(', ')}. ` +
      `For any other model, pass its open_clip config or its config.json from Hugging Face`,
  ])
}
