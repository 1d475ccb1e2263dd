/** Reads a model's parameters from a checkpoint, one tensor at a time. */
import { tensorBytes, toFloat32 } from '../../checkpoint/dtype'
import { quantizedSource } from '../../checkpoint/quantized-source'
import type { CheckpointTensor, TensorData } from '../../checkpoint/tensor'
import type { Storage } from '../../compile/storage'
import type { CLIPConfig } from '../../models/config/config'
import type { Quantized } from '../../quantization/quantized'
import { patchGrid } from '../../models/layers/patch-grid'
import { resizePositionEmbedding, resizeTextPositionEmbedding } from '../../models/layers/position-embedding'
import { positionNames, type ModelPlan } from './plan-model'
import { checkWeights } from '../embeddings/finite'

/** A parameter on its way to a device. */
export interface LoadedParameter {
  readonly name: string
  /** Floats, or what the file stores if it stores the parameter as requested. */
  readonly values: Float32Array | Quantized
  readonly shape: readonly number[]
}

/** A parameter, and how many of the file's bytes of weights have been read with it. */
export interface LoadingStep extends LoadedParameter {
  readonly done: number
  readonly total: number
}

/**
 * Reads the planned tensors one after another as float32, positions resized to the model's image size and context length. Tensors that
 * the file stores in the requested quantized form are read in that form.
 * @param storageOf the requested form of a parameter
 * @throws DreamLIPError `TENSOR_INVALID` for a tensor with NaN or infinite values
 */
export async function* readParameters(
  plan: ModelPlan,
  storageOf: (name: string, shape: readonly number[]) => Storage | undefined,
  signal?: AbortSignal,
): AsyncGenerator<LoadingStep> {
  const total = plan.tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  let done = 0
  const start = (tensor: CheckpointTensor | undefined) =>
    tensor && startReading(tensor, storageOf(tensor.name, tensor.shape), signal)
  let reading = start(plan.tensors[0])
  for (const [i, tensor] of plan.tensors.entries()) {
    signal?.throwIfAborted()
    const { name } = tensor
    const read = (await reading)!
    // The next tensor is read while this one is checked and placed.
    reading = start(plan.tensors[i + 1])
    const shape = plan.shapes.get(name) ?? tensor.shape
    done += bytesOf(tensor)
    yield { name, values: 'storage' in read ? read : floatsOf(plan, name, read, shape), shape, done, total }
  }
}

/** Size of a tensor in the file. */
function bytesOf(tensor: CheckpointTensor): number {
  return quantizedSource(tensor)?.byteLength ?? tensorBytes(tensor)
}

/** If the caller stops before this tensor, its failure does not matter. */
function startReading(
  tensor: CheckpointTensor,
  storage: Storage | undefined,
  signal?: AbortSignal,
): Promise<TensorData | Quantized> {
  const source = quantizedSource(tensor)
  const reading = source && source.storage === storage ? source.read(signal) : tensor.read(signal)
  reading.catch(() => undefined)
  return reading
}

function floatsOf({ file, config }: ModelPlan, name: string, read: TensorData, shape: readonly number[]): Float32Array {
  const data = toFloat32(read)
  checkWeights(file, name, data)
  return fitPositions(name, data, shape, config)
}

/** Resizes position embeddings to the expected shape, and returns every other parameter as it is. */
function fitPositions(name: string, data: Float32Array, shape: readonly number[], config: CLIPConfig): Float32Array {
  const [rows, width] = shape as [number, number]
  if (data.length === rows * width) return data
  if (name === positionNames.text) return resizeTextPositionEmbedding(data, width, data.length / width, rows)
  if (name !== positionNames.image) return data
  const side = Math.sqrt(data.length / width - 1)
  return resizePositionEmbedding(data, width, [side, side], patchGrid(config.vision))
}
