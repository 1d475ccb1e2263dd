/** The metadata of a saved model's file: config, preprocessing, and the attention for dense use. */
import { checkConfig } from '../../models/config/check-config'
import type { CLIPConfig } from '../../models/config/config'
import { fromOpenCLIP, toOpenCLIPConfig, type OpenCLIPConfig } from '../../models/config/open-clip-config'
import { denseAttentions, type DenseAttention } from '../../models/layers/dense-attention'
import { attentionAfter } from '../attention'
import { clipPreprocessing, parsePreprocessing, withoutSize, type Preprocessing } from '../images/preprocessing'

/** The part of a file's metadata that concerns the model. */
export interface ModelMetadata {
  readonly config?: CLIPConfig
  readonly preprocessing: Preprocessing
  /** The last block's attention for `ground` and `segment`; `attentionAfter` if the file does not name one. */
  readonly attention: DenseAttention
  /** The model was trained with the subcaption-patch grouping loss. */
  readonly trainedWithGrouping: boolean
}

/** Reads the entries that `writeMetadata` writes, and ignores all others. */
export function readMetadata(metadata: Record<string, unknown>): ModelMetadata {
  const config = asObject(metadata['config'])
  const trainedWithGrouping = metadata['trained_with_grouping'] === 'true'
  const named = denseAttentions.find((attention) => attention === metadata['dense_attention'])
  const stated = parsePreprocessing(
    { preprocess_cfg: asObject(metadata['preprocess_cfg']) },
    'the metadata of the file',
  )
  return {
    config: config && 'vision_cfg' in config ? checkConfig(fromOpenCLIP(config as OpenCLIPConfig)) : undefined,
    preprocessing: stated ? withoutSize(stated) : clipPreprocessing,
    attention: named ?? attentionAfter(trainedWithGrouping),
    trainedWithGrouping,
  }
}

/** The metadata of a model to write next to its config. */
export type WrittenMetadata = Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'> &
  Partial<Pick<ModelMetadata, 'preprocessing'>>

/** Entries for safetensors' `__metadata__`, which allows only strings. PyTorch's loaders look for `format`. */
export function writeMetadata(
  config: CLIPConfig,
  { attention, trainedWithGrouping, preprocessing = clipPreprocessing }: WrittenMetadata,
): Record<string, string> {
  const { mean, std, resizeMode, interpolation } = preprocessing
  return {
    format: 'pt',
    config: JSON.stringify(toOpenCLIPConfig(config)),
    preprocess_cfg: JSON.stringify({ mean, std, resize_mode: resizeMode, interpolation }),
    dense_attention: attention,
    trained_with_grouping: String(trainedWithGrouping),
  }
}

function asObject(json: unknown): object | undefined {
  if (typeof json !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
