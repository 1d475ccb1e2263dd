/** The common form of PyTorch's file formats. */
import type { Checkpoint } from '../tensor'
import type { StorageReader } from './torch-tensor'

/** A PyTorch file: the decoded object, and the storages of its tensors. */
export interface TorchFile {
  readonly value: unknown
  readonly storages: StorageReader
  readonly format: Checkpoint['format']
}
