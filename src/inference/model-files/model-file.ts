/** The contents of a model's file, as the options of `save` request them. */
import { checkObject, checkStringsByName } from '../../check-arguments'
import type { HostTensor } from '../../checkpoint/tensor'
import { pruneTokenTable } from '../../checkpoint/token-table'
import type { CLIPConfig } from '../../models/config/config'
import { checkFitsHalf } from '../embeddings/finite'
import { attentionOf } from '../attention'
import type { ModelState } from '../model-state'
import { checkFileDtype, type FileDtype, type SaveOptions } from '../options'
import type { WrittenMetadata } from './metadata'

type NamedParameters = ReadonlyMap<string, HostTensor>

export interface ModelFile {
  readonly config: CLIPConfig
  readonly parameters: NamedParameters
  readonly denseUse: WrittenMetadata
  /** The caller's own metadata. */
  readonly facts?: Readonly<Record<string, string>>
}

/**
 * @param values of the model's parameters
 * @throws DreamLIPError `INVALID_ARGUMENT` for options out of range
 */
export function modelFileOf(state: ModelState, values: NamedParameters, options: SaveOptions): ModelFile {
  const { dtype, tokens, metadata } = checkObject('options', options)
  const { config, preprocessing } = state.encoder
  const parameters = parametersAs(checkFileDtype(dtype), values)
  return {
    config,
    parameters: tokens === undefined ? parameters : pruneTokenTable(parameters, tokens),
    denseUse: { attention: attentionOf(state), trainedWithGrouping: state.trainedWithGrouping, preprocessing },
    facts: metadata === undefined ? undefined : checkStringsByName('metadata', metadata),
  }
}

/** Float32 parameters that are rounded to a type when they are written. Each is read when its turn comes. */
export function parametersAs(dtype: FileDtype, parameters: NamedParameters): NamedParameters {
  return new Map([...parameters].map(([name, tensor]) => [name, parameterAs(dtype, name, tensor)]))
}

/** Scalars stay as they are: `logit_scale` is an exponent, and rounding it would change all scores. */
function parameterAs(dtype: FileDtype, name: string, tensor: HostTensor): HostTensor {
  const { shape } = tensor
  if (dtype === 'float32' || shape.length === 0) return tensor
  return {
    shape,
    dtype,
    get data() {
      const data = tensor.data as Float32Array
      if (dtype === 'float16') checkFitsHalf(name, data, 'Write bfloat16 or float32 instead.')
      return data
    },
  }
}
