/** Writes the files of a model's folder, all or none. */
import { join } from 'node:path'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { writeFilesTogether } from '../../bytes/write/write-file.node.ts'
import { safetensorsChunks } from '../../checkpoint/safetensors/safetensors-writer'
import type { HostTensor } from '../../checkpoint/tensor'
import type { ModelFolder } from './model-folder'

/**
 * @param parameters as the folder names them
 * @param metadata of the file with the weights
 * @returns the paths of the files
 * @throws DreamLIPError `WRITE_FAILED`; the signal's reason if aborted
 */
export async function writeModelFolder(
  path: string,
  { files: texts, weights }: ModelFolder,
  parameters: ReadonlyMap<string, HostTensor>,
  metadata: Record<string, string>,
  signal?: AbortSignal,
): Promise<string[]> {
  const encoder = new TextEncoder()
  await makeFolder(path)
  const files = [
    ...[...texts].map(([name, text]) => ({ path: join(path, name), chunks: [encoder.encode(text)] })),
    { path: join(path, weights), chunks: safetensorsChunks(parameters, metadata) },
  ]
  await writeFilesTogether(files, signal)
  return files.map((file) => file.path)
}
