/** Checks the results of a function of tensors. */
import { clone, Tensor } from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../errors'

/** Returns clones of the tensors that a function returned, so that tensors from elsewhere stay with their owner.
 * @throws DreamLIPError `INVALID_ARGUMENT` unless the result is an object with at least one tensor, and only tensors */
export function checkOutputs<Output extends string>(result: unknown): Record<Output, Tensor> {
  if (result instanceof Promise) {
    result.catch(() => undefined) // its later result does not matter
    throw invalid('a Promise', 'It must not be async: values cannot be awaited inside.')
  }
  if (result instanceof Tensor) throw invalid('a tensor', 'Give it a name: return { result }.')
  if (typeof result !== 'object' || result === null) throw invalid(String(result))
  const entries = Object.entries(result)
  if (entries.length === 0) throw invalid('an object without entries')
  const wrong = entries.find(([, value]) => !(value instanceof Tensor))
  if (wrong)
    throw invalid(`${typeof wrong[1]} under the name '${wrong[0]}'`, 'Use tf.scalar to turn a number into a tensor.')
  return Object.fromEntries(entries.map(([name, tensor]) => [name, clone(tensor as Tensor)])) as Record<Output, Tensor>
}

function invalid(came: string, remedy = 'Return { name: tensor, … }.'): DreamLIPError {
  return new DreamLIPError(
    'INVALID_ARGUMENT',
    `fn: expected a function that returns tensors by name; got ${came}. ${remedy}`,
  )
}
