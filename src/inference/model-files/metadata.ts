/** Reads the metadata of a saved model's file: config, preprocessing, and the attention for dense use. */
import { checkConfig } from '../../models/config/check-config'
import type { CLIPConfig } from '../../models/config/clip-config'
import { isPlainOpenCLIP, readFields, type OpenCLIPConfig } from '../../models/config/open-clip-fields'
import { denseAttentions, type DenseAttention } from '../../models/layers/dense-attention'
import { attentionAfter } from '../attention'
import { clipPreprocessing, parseOpenCLIPPreprocessing, withoutSize, type Preprocessing } from '../images/preprocessing'

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
export async function readMetadata(metadata: Record<string, unknown>): Promise<ModelMetadata> {
  const config = asObject(metadata['config'])
  const trainedWithGrouping = metadata['trained_with_grouping'] === 'true'
  const named = denseAttentions.find((attention) => attention === metadata['dense_attention'])
  const cfg = asObject(metadata['preprocess_cfg'])
  const stated = cfg && parseOpenCLIPPreprocessing(cfg, 'the metadata of the file')
  return {
    config: config && 'vision_cfg' in config ? await readConfig(config as unknown as OpenCLIPConfig) : undefined,
    preprocessing: stated ? withoutSize(stated) : clipPreprocessing,
    attention: named ?? attentionAfter(trainedWithGrouping),
    trainedWithGrouping,
  }
}

async function readConfig(json: OpenCLIPConfig): Promise<CLIPConfig> {
  if (isPlainOpenCLIP(json)) return checkConfig(readFields(json))
  const { fromOpenCLIP } = await import('../../models/config/open-clip-config')
  return checkConfig(fromOpenCLIP(json))
}

function asObject(json: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof json !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
