/** Checks the arguments of the towers: parameters by name, rank and type of tensors, a complete config. */
import { Tensor } from '@tensorflow/tfjs-core'
import { wrongArgument } from '../../check-arguments'
import { checkConfig } from '../config/check-config'
import type { CLIPConfig } from '../config/config'
import type { ModelParameters } from './scope'

/** @throws DreamLIPError `INVALID_ARGUMENT`, `INVALID_CONFIG` */
export function checkTower(parameters: ModelParameters, config: CLIPConfig): void {
  if (!(parameters instanceof Map)) throw wrongArgument('parameters', 'a Map of tensors by their names', parameters)
  checkConfig(config)
}

/** @param axes the tensor's shape in words, such as `[batch, length]` @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkTensor(
  name: string,
  tensor: Tensor,
  rank: number,
  dtype: 'float32' | 'int32',
  axes: string,
): void {
  const expected = `a ${dtype} tensor ${axes}`
  if (!(tensor instanceof Tensor)) throw wrongArgument(name, expected, tensor)
  if (tensor.rank !== rank) throw wrongArgument(`${name}.shape`, axes, tensor.shape)
  if (tensor.dtype !== dtype) throw wrongArgument(`${name}.dtype`, dtype, tensor.dtype)
}
