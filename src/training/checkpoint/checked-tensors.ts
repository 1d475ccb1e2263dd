/** Checks of the tensors in a run's checkpoint: the file may belong to another model, or be damaged. */
import { toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointTensor } from '../../checkpoint/tensor'
import { PickleTensor } from '../../checkpoint/torch/pickle/values'
import { DreamLIPError } from '../../errors'
import { secondMoment } from '../optimizer/optimizer-state'

/** A tensor that a model or an optimizer needs, and what to do if the file has another. */
interface Expected {
  readonly name: string
  readonly shape: readonly number[]
  readonly remedy: string
}

/** @throws DreamLIPError `CHECKPOINT_MISMATCH` for anything but a tensor of this shape */
export function shapedTensor(file: string, found: unknown, { name, shape, remedy }: Expected): PickleTensor {
  if (found instanceof PickleTensor && found.shape.join() === shape.join()) return found
  const came = found instanceof PickleTensor ? `[${found.shape.slice(0, 8).join(', ')}]` : 'nothing'
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `${file}: expected '${name}' of shape [${shape.join(', ')}]; got ${came}. ` +
      `It belongs to another model or optimizer: ${remedy}.`,
  )
}

/**
 * Reads values that training could have left: weights and moments are finite, and means of squares are at least 0.
 * @throws DreamLIPError `CHECKPOINT_INVALID` for other values: the file is damaged
 */
export async function readSoundValues(file: string, tensor: CheckpointTensor, name: string): Promise<Float32Array> {
  const values = toFloat32(await tensor.read())
  const least = name.startsWith(secondMoment('')) ? 0 : -Infinity
  const wrong = values.findIndex((value) => !Number.isFinite(value) || value < least)
  if (wrong === -1) return values
  throw new DreamLIPError(
    'CHECKPOINT_INVALID',
    `${file}: '${name}' contains ${values[wrong]} at ${wrong}; expected finite values. The file is damaged.`,
  )
}
