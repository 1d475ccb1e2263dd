/** Writes a model to a file that remembers its config. */
import { safetensorsBlob, saveSafetensors } from '../checkpoint/safetensors-writer'
import type { HostTensor } from '../checkpoint/tensor'
import { savePyTorch } from '../checkpoint/torch-writer'
import type { CLIPConfig } from '../models/config'
import { writeMetadata, type ModelMetadata } from './metadata'

type DenseUse = Pick<ModelMetadata, 'attention' | 'trainedWithGrouping'>

/** Writes safetensors, or a PyTorch checkpoint `{ state_dict, …metadata }` where the path ends in `.pt` or `.pth`. */
export async function saveModel(
  path: string,
  config: CLIPConfig,
  parameters: ReadonlyMap<string, HostTensor>,
  denseUse: DenseUse,
): Promise<void> {
  const metadata = writeMetadata(config, denseUse)
  if (/\.pth?$/i.test(path)) await savePyTorch(path, { ...metadata, state_dict: parameters })
  else await saveSafetensors(path, parameters, metadata)
}

/** The safetensors file in memory. */
export function modelBlob(config: CLIPConfig, parameters: ReadonlyMap<string, HostTensor>, denseUse: DenseUse): Blob {
  return safetensorsBlob(parameters, writeMetadata(config, denseUse))
}
