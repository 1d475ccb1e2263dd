/** Writes the metadata of a saved model's file, which `metadata.ts` reads. */
import type { CLIPConfig } from '../../models/config/clip-config'
import { toOpenCLIPConfig } from '../../models/config/to-open-clip'
import { clipPreprocessing } from '../images/preprocessing'
import type { ModelMetadata } from './metadata'

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
