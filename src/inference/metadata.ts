/** What a saved model's file says beside its weights: the config, and the attention that suits dense use. */
import { parseConfig, toOpenCLIPConfig, type CLIPConfig, type OpenCLIPConfig } from '../models/config'
import type { DenseAttention } from '../models/vision-transformer'

/** The part of a file's metadata that concerns the model. */
export interface ModelMetadata {
  readonly config?: CLIPConfig
  /**
   * The last block's attention for `ground` and `segment`. Files that do not say get `correlative`, unless they say that
   * the model was trained with the grouping loss, whose patch tokens match texts as they are: then `standard`.
   */
  readonly attention: DenseAttention
  /** The model was trained with the subcaption-patch grouping loss. */
  readonly trainedWithGrouping: boolean
}

/** Values of `attention`. */
export const denseAttentions: readonly DenseAttention[] = ['standard', 'value', 'correlative']

/** Reads the entries that `writeMetadata` writes; anything else in the file's metadata is left alone. */
export function readMetadata(metadata: Record<string, unknown>): ModelMetadata {
  const config = typeof metadata['config'] === 'string' ? asObject(metadata['config']) : undefined
  const trainedWithGrouping = metadata['trained_with_grouping'] === 'true'
  const named = denseAttentions.find((attention) => attention === metadata['dense_attention'])
  return {
    config: config && 'vision_cfg' in config ? parseConfig(config as unknown as OpenCLIPConfig) : undefined,
    attention: named ?? (trainedWithGrouping ? 'standard' : 'correlative'),
    trainedWithGrouping,
  }
}

/** Entries for safetensors' `__metadata__`: strings only. `format` is what PyTorch's loaders look for. */
export function writeMetadata(
  config: CLIPConfig,
  { attention, trainedWithGrouping }: Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>,
): Record<string, string> {
  return {
    format: 'pt',
    config: JSON.stringify(toOpenCLIPConfig(config)),
    dense_attention: attention,
    trained_with_grouping: String(trainedWithGrouping),
  }
}

function asObject(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
