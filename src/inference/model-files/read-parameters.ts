/** Reads a model's parameters from a checkpoint, one tensor at a time. */
import { tensorBytes, toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointTensor, TensorData } from '../../checkpoint/tensor'
import type { CLIPConfig } from '../../models/config/config'
import { parameterShapes } from '../../models/clip/parameters'
import { patchGrid } from '../../models/layers/patch-grid'
import { resizePositionEmbedding, resizeTextPositionEmbedding } from '../../models/layers/position-embedding'
import { positionNames, type ModelPlan } from './plan-model'
import { checkWeights } from '../embeddings/finite'

/** A parameter on its way to a device. */
export interface LoadedParameter {
  readonly name: string
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** A parameter, and how many of the bytes to read have been read with it. */
export interface LoadingStep extends LoadedParameter {
  readonly done: number
  readonly total: number
}

/**
 * Reads tensors of the plan one after another as float32, positions resized to the model's image size and context length.
 * @param tensors which ones; default all
 * @throws DreamLIPError `TENSOR_INVALID` for a tensor with NaN or infinite values
 */
export async function* readParameters(
  plan: ModelPlan,
  signal?: AbortSignal,
  tensors = plan.tensors,
): AsyncGenerator<LoadingStep> {
  const shapes = parameterShapes(plan.config)
  const total = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
  let done = 0
  let reading = startReading(tensors[0], signal)
  for (const [i, tensor] of tensors.entries()) {
    signal?.throwIfAborted()
    const { name } = tensor
    const data = toFloat32((await reading)!)
    // The next tensor is read while this one is checked and placed.
    reading = startReading(tensors[i + 1], signal)
    checkWeights(plan.file, name, data)
    const shape = shapes.get(name) ?? tensor.shape
    done += tensorBytes(tensor)
    yield { name, data: fitPositions(name, data, shape, plan.config), shape, done, total }
  }
}

/** If the caller stops before this tensor, its failure does not matter. */
function startReading(tensor: CheckpointTensor | undefined, signal?: AbortSignal): Promise<TensorData> | undefined {
  const reading = tensor?.read(signal)
  reading?.catch(() => undefined)
  return reading
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
