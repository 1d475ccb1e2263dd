/** `dreamlip/checkpoint`: reading, writing and downloading files of weights. */
export type { ByteSource } from '../bytes/byte-source'
export { toFloat32 } from '../checkpoint/dtype'
export {
  toOpenCLIPNames,
  type CLIPChoice,
  type NamedCLIP,
  type NameLayout,
  type Tower,
} from '../checkpoint/names/names'
export { npyBytes, npyChunks } from '../checkpoint/npy/npy-writer'
export type { ByteSourceInput } from '../bytes/read/open-source'
export { readCheckpoint, type ReadCheckpointOptions } from '../checkpoint/read-checkpoint'
export { releasedCheckpoints, type ReleasedCheckpoint } from '../checkpoint/released/released-checkpoints'
export type { HubOptions } from '../checkpoint/hub/hub-options'
export { models } from '../checkpoint/store/models'
export type { ModelStore, StoredFile, StoredModel } from '../checkpoint/store/stored-model'
export { safetensorsBlob, type NamedTensors } from '../checkpoint/safetensors/safetensors-writer'
export { pyTorchBlob, type CheckpointState } from '../checkpoint/torch/torch-writer'
export type { Checkpoint, CheckpointDtype, CheckpointTensor, HostTensor, TensorData } from '../checkpoint/tensor'
export { DreamLIPError, type ErrorCode } from '../errors'
