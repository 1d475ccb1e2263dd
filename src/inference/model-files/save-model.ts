/** Writes a model to a file that remembers its config. */
import { writeFileAtomically } from '#bytes/write-file'
import { safetensorsBlob, safetensorsChunks } from '../../checkpoint/safetensors/safetensors-writer'
import type { HostTensor } from '../../checkpoint/tensor'
import { pyTorchChunks } from '../../checkpoint/torch/torch-writer'
import type { CLIPConfig } from '../../models/config/config'
import { checkFitsHalf } from '../finite'
import { writeMetadata, type WrittenMetadata } from './metadata'

type NamedParameters = ReadonlyMap<string, HostTensor>

/** Types that weights can have in a file: `float16` and `bfloat16` take half the space. */
export const fileDtypes = ['float32', 'float16', 'bfloat16'] as const
export type FileDtype = (typeof fileDtypes)[number]

/** What a file holds of a model. */
export interface ModelFile {
  readonly config: CLIPConfig
  readonly parameters: NamedParameters
  readonly denseUse: WrittenMetadata
  /** Whatever else the file is to say. */
  readonly facts?: Readonly<Record<string, string>>
}

/** Writes safetensors, or a PyTorch checkpoint `{ state_dict, …metadata }` where the path ends in `.pt` or `.pth`. */
export async function saveModel(path: string, file: ModelFile, signal?: AbortSignal): Promise<void> {
  const { parameters } = file
  const chunks = /\.pth?$/i.test(path)
    ? pyTorchChunks({ ...metadataOf(file), state_dict: parameters })
    : safetensorsChunks(parameters, metadataOf(file))
  await writeFileAtomically(path, chunks, signal)
}

/** The safetensors file in memory. */
export function modelBlob(file: ModelFile): Blob {
  return safetensorsBlob(file.parameters, metadataOf(file))
}

function metadataOf({ config, denseUse, facts }: ModelFile): Record<string, string> {
  return { ...facts, ...writeMetadata(config, denseUse) }
}

/** Float32 parameters that are rounded to a type when they are written, each read when its turn comes. */
export function parametersAs(dtype: FileDtype, parameters: NamedParameters): NamedParameters {
  return new Map([...parameters].map(([name, tensor]) => [name, parameterAs(dtype, name, tensor)]))
}

/** A scalar costs nothing and is an exponent: rounding `logit_scale` to half precision would change all scores. */
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
