/** PyTorch checkpoints as bytes: the zip format that `torch.load(path, weights_only=True)` reads. */
import { hostTensorBytes, tensorBytes } from '../dtype'
import { pickleState, type CheckpointState } from './pickle-state'
import { zipChunks, type ZipRecord } from './zip/write-zip'

export type { CheckpointState } from './pickle-state'

/**
 * A PyTorch checkpoint as a Blob: tensors by name, or a training state such as `{ epoch, name, state_dict, optimizer }`.
 * Float32 values are rounded where a tensor's `dtype` is float16 or bfloat16. A tensor that occurs twice is stored once.
 * @throws DreamLIPError `INVALID_ARGUMENT` naming a value that a checkpoint cannot contain, `TENSOR_INVALID` when a tensor's
 * values do not fit its shape or type
 */
export function pyTorchBlob(state: CheckpointState): Blob {
  return new Blob([...pyTorchChunks(state)] as Uint8Array<ArrayBuffer>[])
}

/** The file's bytes, one record at a time. */
export function pyTorchChunks(state: CheckpointState): Generator<Uint8Array> {
  return zipChunks(recordsOf(state))
}

function* recordsOf(state: CheckpointState): Generator<ZipRecord> {
  const { bytes, tensors } = pickleState(state)
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
