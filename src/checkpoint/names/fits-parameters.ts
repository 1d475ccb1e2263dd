/** Whether a file has the tensors that a model needs. What is wrong with other files is said by `check-parameters.ts`, on demand. */
import { sameShape } from '../../shape'
import type { CheckpointTensor } from '../tensor'

/** Whether all expected tensors are there in their shapes, and no others but optional ones. */
export function fitsParameters(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  expected: ReadonlyMap<string, readonly number[]>,
  optional: readonly string[],
): boolean {
  return (
    [...expected].every(([name, shape]) => tensors.has(name) && sameShape(tensors.get(name)!.shape, shape)) &&
    [...tensors.keys()].every((name) => expected.has(name) || optional.includes(name))
  )
}
