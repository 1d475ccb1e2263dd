/** Puts values of a checkpoint into a run's tensors. */
import type { StorageReader } from '../../checkpoint/torch/torch-tensor'
import { torchTensor } from '../../checkpoint/torch/torch-tensor'
import type { Parameters } from '../../runtime/runtime'
import { readSoundValues, shapedTensor } from './checked-tensors'

/** A value of the file, and the tensor that it is for. */
export interface Restored {
  readonly found: unknown
  readonly set: Parameters
  readonly name: string
}

/**
 * If any of the values is wrong, no tensor is changed.
 * @param remedy what to do if the file belongs to another model
 * @throws DreamLIPError `CHECKPOINT_MISMATCH` for other shapes, `CHECKPOINT_INVALID` for values that are not finite
 */
export async function restoreTensors(
  file: string,
  storages: StorageReader,
  restored: readonly Restored[],
  remedy: string,
): Promise<void> {
  const checked = restored.map(({ found, set, name }) => {
    const tensor = shapedTensor(file, found, { name, shape: set.shape(name), remedy })
    return { set, name, tensor: torchTensor(file, name, tensor, storages) }
  })
  // Values are read twice, once to check them and once to use them. Keeping them would need three times the memory of the weights.
  for (const { tensor, name } of checked) await readSoundValues(file, tensor, name)
  for (const { tensor, set, name } of checked) {
    set.set(name, { data: await readSoundValues(file, tensor, name), shape: set.shape(name) })
  }
}
