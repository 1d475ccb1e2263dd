/** Reads a model's parameters from a checkpoint, one tensor at a time. */
import { tensorBytes, toFloat32 } from '../../checkpoint/dtype'
import type { CheckpointTensor, TensorData } from '../../checkpoint/tensor'
import { patchGrid } from '../../models/layers/patch-grid'
import {
  resizePositionEmbedding,
  resizeTextPositionEmbedding,
  stretchTextPositionEmbedding,
} from '../../models/layers/position-embedding'
import { positionNames, type ModelPlan } from './plan-model'
import { checkWeights } from '../embeddings/finite'

/** A parameter on its way to a device. */
export interface LoadedParameter {
  readonly name: string
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** A parameter, and how many of the file's bytes of weights have been read with it. */
export interface LoadingStep extends LoadedParameter {
  readonly done: number
  readonly total: number
}

/**
 * Reads the planned tensors one after another as float32, positions resized to the model's image size and context length.
 * @throws DreamLIPError `TENSOR_INVALID` for a tensor with NaN or infinite values
 */
export async function* readParameters(plan: ModelPlan, signal?: AbortSignal): AsyncGenerator<LoadingStep> {
  const total = plan.tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
  let done = 0
  let reading = startReading(plan.tensors[0], signal)
  for (const [i, tensor] of plan.tensors.entries()) {
    signal?.throwIfAborted()
    const { name } = tensor
    const data = toFloat32((await reading)!)
    // The next tensor is read while this one is checked and placed.
    reading = startReading(plan.tensors[i + 1], signal)
    checkWeights(plan.file, name, data)
    const shape = plan.shapes.get(name) ?? tensor.shape
    done += tensorBytes(tensor)
    yield { name, data: fitPositions(name, data, shape, plan), shape, done, total }
  }
}

/** If the caller stops before this tensor, its failure does not matter. */
function startReading(tensor: CheckpointTensor | undefined, signal?: AbortSignal): Promise<TensorData> | undefined {
  const reading = tensor?.read(signal)
  reading?.catch(() => undefined)
  return reading
}

/** Resizes position embeddings to the expected shape, and returns every other parameter as it is. */
function fitPositions(
  name: string,
  data: Float32Array,
  shape: readonly number[],
  { config, stretchesContext }: ModelPlan,
): Float32Array {
  const [rows, width] = shape as [number, number]
  if (data.length === rows * width) return data
  if (name === positionNames.text) {
    const resizeText = stretchesContext ? stretchTextPositionEmbedding : resizeTextPositionEmbedding
    return resizeText(data, width, data.length / width, rows)
  }
  if (name !== positionNames.image) return data
  const side = Math.sqrt(data.length / width - 1)
  return resizePositionEmbedding(data, width, [side, side], patchGrid(config.vision))
}
