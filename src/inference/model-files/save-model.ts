/** Writes a model to a file that contains its config. */
import { disk } from '#bytes/disk'
import { noPathToWrite } from '../../bytes/disk'
import { quantizationEntry } from '../../checkpoint/quantized-weights'
import { safetensorsBlob, safetensorsChunks } from '../../checkpoint/safetensors/safetensors-writer'
import { writeMetadata } from './write-metadata'
import type { ModelFile } from './model-file'

/** Writes safetensors, or a PyTorch checkpoint `{ state_dict, …metadata }` if the path ends in `.pt` or `.pth`. */
export async function saveModel(path: string, file: ModelFile, signal?: AbortSignal): Promise<void> {
  if (!disk) throw noPathToWrite(path)
  const { parameters } = file
  const chunks = /\.pth?$/i.test(path)
    ? (await import('../../checkpoint/torch/torch-writer')).pyTorchChunks({
        ...metadataOf(file),
        state_dict: parameters,
      })
    : safetensorsChunks(parameters, metadataOf(file))
  await disk.write(path, chunks, signal)
}

/** The safetensors file in memory. */
export function modelBlob(file: ModelFile): Blob {
  return safetensorsBlob(file.parameters, metadataOf(file))
}

function metadataOf({ config, quantized, denseUse, facts }: ModelFile): Record<string, string> {
  return { ...facts, ...writeMetadata(config, denseUse), ...(quantized && quantizationEntry) }
}
