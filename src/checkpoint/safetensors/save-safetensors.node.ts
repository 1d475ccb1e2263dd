/** Saves tensors as a safetensors file. */
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { checkCall, checkPath } from '../../check-arguments'
import { safetensorsChunks, type NamedTensors } from './safetensors-writer'

/**
 * Writes tensors to a safetensors file. The file appears only once it is complete. Float32 values are rounded where a tensor's
 * `dtype` is float16 or bfloat16. Node only; in browsers use `safetensorsBlob`.
 * @param metadata strings for the file's `__metadata__`
 * @throws DreamLIPError `TENSOR_INVALID` when a tensor's values do not fit its shape, `WRITE_FAILED`; the signal's reason when
 * aborted, and then no file is written
 */
export async function saveSafetensors(
  path: string,
  tensors: NamedTensors,
  metadata?: Record<string, string>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = checkCall(options)
  await writeFileAtomically(checkPath('path', path), safetensorsChunks(tensors, metadata), signal)
}
