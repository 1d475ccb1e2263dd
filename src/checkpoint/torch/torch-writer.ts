/** Writes PyTorch checkpoints: the zip format that `torch.load(path, weights_only=True)` reads. */
import { writeFileAtomically } from '#bytes/write-file'
import { checkCall, checkPath } from '../../check-arguments'
import { hostTensorBytes, tensorBytes } from '../dtype'
import { writePickle, type CheckpointState } from './pickle-writer'
import { zipChunks, type ZipRecord } from './zip-writer'

export type { CheckpointState } from './pickle-writer'

/**
 * Writes a checkpoint to a file, whole or not at all: tensors by name, or the trainers' `{ epoch, name, state_dict, optimizer }`.
 * Float32 values are rounded where a tensor's `dtype` is a half one. A tensor that occurs twice is stored once and shared.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming a value that a checkpoint cannot hold, `TENSOR_INVALID` when a tensor's
 * values do not fit its shape or type, `WRITE_FAILED`; the signal's reason when aborted
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

/** The same file as a Blob: for browsers. */
export function pyTorchBlob(state: CheckpointState): Blob {
  return new Blob([...pyTorchChunks(state)] as Uint8Array<ArrayBuffer>[])
}

/** The file's bytes, one record at a time. */
export function pyTorchChunks(state: CheckpointState): Generator<Uint8Array> {
  return zipChunks(recordsOf(state))
}

function* recordsOf(state: CheckpointState): Generator<ZipRecord> {
  const { bytes, tensors } = writePickle(state)
  yield record('archive/data.pkl', bytes)
  yield record('archive/byteorder', new TextEncoder().encode('little'))
  for (const [key, { tensor, path }] of tensors.entries()) {
    yield {
      name: `archive/data/${key}`,
      byteLength: tensorBytes(tensor),
      bytes: () => hostTensorBytes(path, tensor),
    }
  }
  yield record('archive/version', new TextEncoder().encode('3\n'))
}

function record(name: string, bytes: Uint8Array): ZipRecord {
  return { name, byteLength: bytes.length, bytes: () => bytes }
}
