/** Looks up named parameters on a device. */
import { Tensor } from '@tensorflow/tfjs-core'
import { DreamLIPError } from '../../errors'

/** Tensors by their PyTorch names, as `parameterShapes` lists them. */
export type ModelParameters = ReadonlyMap<string, Tensor>

/** The parameters with a prefix, by the rest of their name. */
export type Scope = <T extends Tensor>(name: string) => T

/** The parameters whose names start with `prefix`. @throws DreamLIPError when a name that does not exist is looked up */
export function scope(parameters: ModelParameters, prefix: string): Scope {
  return <T extends Tensor>(name: string) => {
    const parameter = parameters.get(prefix + name)
    if (parameter instanceof Tensor) return parameter as T
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      `parameters: '${prefix}${name}' is missing. The Map must contain every name that parameterShapes(config) lists.`,
    )
  }
}
