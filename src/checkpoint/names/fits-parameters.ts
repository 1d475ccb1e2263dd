/** Whether a file has the tensors that a model needs. `check-parameters.ts`, loaded on demand, describes the problems of others. */
import { sameShape } from '../../shape'
import type { CheckpointTensor } from '../tensor'

/** Whether all expected tensors are present with the right shapes, and no others except optional ones. */
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
