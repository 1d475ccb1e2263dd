/** What every format of PyTorch is read into. */
import type { Checkpoint } from '../tensor'
import type { StorageReader } from './torch-tensor'

/** A PyTorch file as it is: the decoded object, and where the storages of its tensors are. */
export interface TorchFile {
  readonly value: unknown
  readonly storages: StorageReader
  readonly format: Checkpoint['format']
}
