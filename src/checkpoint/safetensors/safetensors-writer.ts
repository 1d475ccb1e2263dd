/** Safetensors files as bytes. */
import { checkObject, checkStringsByName, wrongArgument } from '../../check-arguments'
import { bytesPerElement } from '../../element-types'
import { checkHostTensor, hostTensorBytes, tensorBytes } from '../dtype'
import { safetensorsDtypes } from './safetensors'
import type { CheckpointDtype, CheckpointTensor, HostTensor } from '../tensor'

/** Tensors by name. */
export type NamedTensors = ReadonlyMap<string, HostTensor> | Readonly<Record<string, HostTensor>>

const formatNames = Object.fromEntries(
  Object.entries(safetensorsDtypes).map(([name, dtype]) => [dtype, name]),
) as Record<CheckpointDtype, string>

/**
 * A safetensors file as a Blob. Float32 values are rounded where a tensor's `dtype` is float16 or bfloat16.
 * @param metadata strings for the file's `__metadata__`
 * @throws DreamLIPError `TENSOR_INVALID` when a tensor's values do not fit its shape
 */
export function safetensorsBlob(tensors: NamedTensors, metadata?: Record<string, string>): Blob {
  return new Blob([...safetensorsChunks(tensors, metadata)] as Uint8Array<ArrayBuffer>[])
}

/** The file's bytes, one tensor at a time. */
export function* safetensorsChunks(tensors: NamedTensors, metadata?: Record<string, string>): Generator<Uint8Array> {
  const entries = entriesOf(checkObject('tensors', tensors, 'tensors by their names'))
  for (const [name, tensor] of entries) {
    if (typeof name !== 'string') throw wrongArgument('tensors', 'names that are strings', name)
    checkHostTensor(`tensor '${name}'`, tensor)
  }
  const sorted = entries.sort(byAlignmentThenName)
  if (metadata !== undefined) checkStringsByName('metadata', metadata)
  yield safetensorsHeader(sorted, metadata)
  for (const [name, tensor] of sorted) {
    yield hostTensorBytes(`tensor '${name}'`, tensor)
  }
}

function entriesOf(tensors: NamedTensors): [string, HostTensor][] {
  return tensors instanceof Map
    ? [...(tensors as ReadonlyMap<string, HostTensor>)]
    : Object.entries(tensors as Readonly<Record<string, HostTensor>>)
}

/** Wide types first, so that every tensor is aligned in the file: the order of the reference library. */
function byAlignmentThenName([nameA, a]: [string, HostTensor], [nameB, b]: [string, HostTensor]): number {
  return bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || (nameA < nameB ? -1 : 1)
}

/** The file's bytes before the tensors. @param sorted the tensors in the order of their bytes, wide types first */
export function safetensorsHeader(
  sorted: readonly (readonly [string, Pick<CheckpointTensor, 'dtype'> & { readonly shape: readonly number[] }])[],
  metadata?: Record<string, string>,
): Uint8Array {
  let end = 0
  const entries = sorted.map(([name, tensor]) => {
    const begin = end
    end += tensorBytes(tensor)
    return [name, { dtype: formatNames[tensor.dtype], shape: tensor.shape, data_offsets: [begin, end] }] as const
  })
  const fields = [...(metadata ? [['__metadata__', metadata] as const] : []), ...entries]
  const json = `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const unpadded = new TextEncoder().encode(json)
  const length = Math.ceil(unpadded.length / 8) * 8
  const header = new Uint8Array(8 + length).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true)
  header.set(unpadded, 8)
  return header
}
