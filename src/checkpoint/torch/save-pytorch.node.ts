/** Saves tensors and training state as a PyTorch file. */
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { checkCall, checkPath } from '../../check-arguments'
import { pyTorchChunks, type CheckpointState } from './torch-writer'

/**
 * Writes a PyTorch checkpoint: tensors by name, or a training state such as `{ epoch, name, state_dict, optimizer }`. The file
 * appears only once it is complete. Float32 values are rounded where a tensor's `dtype` is float16 or bfloat16. A tensor that
 * occurs twice is stored once. Node only; in browsers use `pyTorchBlob`.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming a value that a checkpoint cannot contain, `TENSOR_INVALID` when a tensor's
 * values do not fit its shape or type, `WRITE_FAILED`; the signal's reason when aborted, and then no file is written
 */
export async function savePyTorch(
  path: string,
  state: CheckpointState,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = checkCall(options)
  checkPath('path', path)
  await writeFileAtomically(path, pyTorchChunks(state), signal)
}
