/** The contents of a model's file, as the options of `save` request them. */
import { checkObject, checkStringsByName } from '../../check-arguments'
import { quantizedTensors } from '../../checkpoint/quantized-weights'
import type { HostTensor } from '../../checkpoint/tensor'
import { pruneTokenTable } from '../../checkpoint/token-table'
import type { CLIPConfig } from '../../models/config/config'
import { checkFitsHalf } from '../embeddings/finite'
import { attentionOf } from '../attention'
import type { ModelState } from '../model-state'
import { checkFileDtype, type FileDtype, type SaveOptions } from '../options'
import { fileStorageOf } from '../programs/storage'
import type { WrittenMetadata } from './write-metadata'

type NamedParameters = ReadonlyMap<string, HostTensor>

export interface ModelFile {
  readonly config: CLIPConfig
  readonly parameters: NamedParameters
  /** Whether weights are quantized; default false. */
  readonly quantized?: boolean
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
  const kept = tokens === undefined ? values : pruneTokenTable(values, tokens)
  return {
    config,
    ...parametersAs(checkFileDtype(dtype), kept),
    denseUse: { attention: attentionOf(state), trainedWithGrouping: state.trainedWithGrouping, preprocessing },
    facts: metadata === undefined ? undefined : checkStringsByName('metadata', metadata),
  }
}

/** Float32 parameters that are rounded to a type when they are written. Each is read when its turn comes. */
export function parametersAs(
  dtype: FileDtype,
  parameters: NamedParameters,
): Pick<ModelFile, 'parameters' | 'quantized'> {
  const quantized = dtype === 'int8' || dtype === 'int4'
  const written = [...parameters].flatMap(([name, tensor]): [string, HostTensor][] => {
    const storage = quantized ? fileStorageOf(name, tensor.shape, dtype) : undefined
    if (storage) return quantizedTensors(name, tensor, storage)
    return [[name, parameterAs(quantized ? 'float16' : dtype, name, tensor)]]
  })
  return { parameters: new Map(written), quantized }
}

/**
 * Scalars are unchanged: `logit_scale` is an exponent, and rounding it would change all scores. So are integers, such as the ids
 * of a pruned token table.
 */
function parameterAs(dtype: Exclude<FileDtype, 'int8' | 'int4'>, name: string, tensor: HostTensor): HostTensor {
  const { shape } = tensor
  if (dtype === 'float32' || shape.length === 0 || tensor.dtype !== 'float32') return tensor
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
